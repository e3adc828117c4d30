import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { PairstreamError } from '../../../errors/pairstream-error.js';

/** Time that a command and its children have to end after SIGTERM before they are killed. */
const END_TIMEOUT_MS = 5_000;
const SHOWN_CHARACTERS = 300;

/**
 * Runs a command in a folder and waits for its end. The command leads a process group of its own, so that its children end
 * with it if the signal aborts.
 * @returns its standard output, and how long it ran
 * @throws PairstreamError BENCHMARK_FAILED with the end of its output if it fails, CANCELLED if the signal aborts
 */
export async function runInTree(
  folder: string,
  command: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly stdout: string; readonly elapsedMs: number }> {
  refuseAborted(signal);
  const startedMs = performance.now();
  const child = spawn(command, args, { cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const stdout: string[] = [];
  const stderr: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => stdout.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => stderr.push(text));
  const abort = (): void => void endGroup(child);
  signal.addEventListener('abort', abort, { once: true });
  const shown = [command, ...args].join(' ');
  try {
    const [exitCode, killedBy]: unknown[] = await once(child, 'close');
    refuseAborted(signal);
    if (exitCode !== 0) {
      const output = stderr.join('') || stdout.join('');
      throw failed(folder, shown, `ended with ${String(exitCode ?? killedBy)}`, output);
    }
  } catch (error) {
    // The system's reason why the command could not be started.
    if (error instanceof PairstreamError) throw error;
    throw failed(folder, shown, 'cannot be started', String(error));
  } finally {
    signal.removeEventListener('abort', abort);
  }
  return { stdout: stdout.join(''), elapsedMs: performance.now() - startedMs };
}

function refuseAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new PairstreamError('CANCELLED', 'interrupted');
}

function failed(folder: string, command: string, how: string, output: string): PairstreamError {
  const shown = output.trim().replaceAll(/\s+/g, ' ').slice(-SHOWN_CHARACTERS);
  return new PairstreamError('BENCHMARK_FAILED', `${command} in ${folder} ${how}: ${shown}`);
}

async function endGroup(child: ChildProcess): Promise<void> {
  signalGroup(child, 'SIGTERM');
  await delay(END_TIMEOUT_MS, undefined, { ref: false });
  if (child.exitCode === null && child.signalCode === null) signalGroup(child, 'SIGKILL');
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // The group has ended already.
  }
}
