import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { makeFolder } from '../../files/output-folder.js';
import { writeWholeFile } from '../../files/whole-file.js';
import { checkSteps, dependenciesOf } from './check-steps.js';
import { runStepCommand } from './step-command.js';
import type { TrainingStep } from './training-step.js';

/** Folders, listener and signal of a run. */
export interface StepsRun {
  /** Root of the repository: paths of steps are relative to it, and commands run in it. */
  readonly root: string;
  /** Folder of the run, relative to the root: marks of finished steps in `done`, output of steps in `logs`. */
  readonly folder: string;
  /** Called before a step runs, or is skipped because it is done. */
  readonly onStep: (name: string, state: 'begins' | 'is done') => void;
  readonly signal: AbortSignal;
}

/**
 * Runs steps in their order. A step is skipped if an earlier run finished it, its outputs are there, and no step that it
 * depends on ran again. A run that stopped is resumed by the same call. After a run that finished its last step, the folder
 * is removed first, and every step runs.
 * @throws PairstreamError STEP_FAILED that names the step, its last line of output, its log and how to resume; CANCELLED
 *   when the signal aborts
 */
export async function runSteps(steps: readonly TrainingStep[], run: StepsRun): Promise<void> {
  const { root, folder, onStep, signal } = run;
  checkSteps(steps, (path) => !path.startsWith(`${folder}/`));
  const markOf = ({ name }: TrainingStep): string => join(root, folder, 'done', slugOf(name));
  const last = steps.at(-1);
  if (last !== undefined && existsSync(markOf(last)))
    rmSync(join(root, folder), { recursive: true, force: true });
  for (const name of ['done', 'logs', 'reports']) makeFolder(join(root, folder, name));
  const ran = new Set<string>();
  for (const step of steps) {
    const isFresh = [...dependenciesOf(step, steps)].every((name) => !ran.has(name));
    const hasOutputs = step.outputs.every((path) => existsSync(join(root, path)));
    if (isFresh && hasOutputs && existsSync(markOf(step))) {
      onStep(step.name, 'is done');
      continue;
    }
    if (signal.aborted) throw new PairstreamError('CANCELLED', `stopped before step "${step.name}"`);
    onStep(step.name, 'begins');
    rmSync(markOf(step), { force: true });
    await runStep(step, run);
    writeWholeFile(markOf(step), '');
    ran.add(step.name);
  }
}

async function runStep({ name, outputs, action }: TrainingStep, run: StepsRun): Promise<void> {
  const { root, folder, signal } = run;
  if (typeof action === 'function') callAction(name, action);
  else {
    const log = join(folder, 'logs', `${slugOf(name)}.log`);
    const problem = await runStepCommand(action, { root, logPath: join(root, log), signal });
    if (signal.aborted) throw new PairstreamError('CANCELLED', `stopped in step "${name}"`);
    if (problem !== undefined) throw failed(name, `${problem} (log: ${log})`);
  }
  const missing = outputs.find((path) => !existsSync(join(root, path)));
  if (missing !== undefined) throw failed(name, `it ended without its output ${missing}`);
}

function callAction(name: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    throw failed(name, error instanceof Error ? error.message : String(error), error);
  }
}

function failed(name: string, problem: string, cause?: unknown): PairstreamError {
  const message = `step "${name}": ${problem}. Run the same command again to resume with this step`;
  return new PairstreamError('STEP_FAILED', message, { field: name, cause });
}

function slugOf(name: string): string {
  return name.replaceAll(' ', '-');
}
