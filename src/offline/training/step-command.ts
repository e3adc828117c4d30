import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, renameSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { join } from 'node:path';
import type { StepCommand } from './training-step.js';

/** Working folder, log and signal of a command. */
export interface CommandRun {
  /** Working folder of the command. */
  readonly root: string;
  /** Absolute path of the file that gets its output; an old one is replaced. */
  readonly logPath: string;
  /** Ends the command with SIGTERM. */
  readonly signal: AbortSignal;
}

/**
 * Runs a command to its end. Its stderr goes to the log and to the stderr of this process, its stdout to `stdoutPath` or else to
 * the log.
 * @returns undefined for exit code 0, else the problem in one line
 */
export async function runStepCommand(
  command: StepCommand,
  { root, logPath, signal }: CommandRun,
): Promise<string | undefined> {
  const { program, args, environment = {}, stdoutPath } = command;
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const child = spawn('env', [...variables, program, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  const log = createWriteStream(logPath);
  const target = stdoutPath === undefined ? undefined : join(root, stdoutPath);
  const stdout = target === undefined ? undefined : createWriteStream(`${target}.partial`);
  let lastLine = '';
  child.stderr.on('data', (bytes: Buffer) => {
    lastLine = bytes.toString('utf8').trimEnd().split('\n').at(-1) ?? lastLine;
    log.write(bytes);
    process.stderr.write(bytes);
  });
  child.stdout.on('data', (bytes: Buffer) => void (stdout ?? log).write(bytes));
  try {
    await once(child, 'close');
  } catch (error) {
    return `${program} cannot be started (${error instanceof Error ? error.message : String(error)})`;
  } finally {
    signal.removeEventListener('abort', stop);
    log.end();
    stdout?.end();
    await Promise.all([finished(log), stdout === undefined ? undefined : finished(stdout)]);
  }
  if (child.exitCode === 0) {
    if (target !== undefined) renameSync(`${target}.partial`, target);
    return undefined;
  }
  const ending = child.exitCode === null ? `ended by ${child.signalCode}` : `exit status ${child.exitCode}`;
  return lastLine === '' ? ending : `${ending}, "${lastLine}"`;
}
