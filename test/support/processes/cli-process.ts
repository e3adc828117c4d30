import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT } from '../gateway/test-gateway.js';

/** How a command ended. */
export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface RunningCommand {
  readonly process: ChildProcess;
  /** All of stdout so far. */
  readonly stdout: () => string;
  /** All of stderr so far. */
  readonly stderr: () => string;
  readonly finished: Promise<CommandResult>;
}

/**
 * Starts `pairstream ...` from the built sources (`make test` builds them). A gateway serves on one thread unless the environment says
 * otherwise.
 * @param stdin pipe: the test writes to `process.stdin`
 */
export function startCommand(
  args: readonly string[],
  environment: Record<string, string> = {},
  stdin: 'ignore' | 'pipe' = 'ignore',
): RunningCommand {
  const child = spawn(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args], {
    env: { ...process.env, PAIRSTREAM_LOG_LEVEL: 'error', PAIRSTREAM_WORKERS: '1', ...environment },
    stdio: [stdin, 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const finished = once(child, 'close').then(() => ({ exitCode: child.exitCode, stdout, stderr }));
  return { process: child, stdout: () => stdout, stderr: () => stderr, finished };
}

/** Runs a command to its end. */
export function runCommand(
  args: readonly string[],
  environment?: Record<string, string>,
): Promise<CommandResult> {
  return startCommand(args, environment).finished;
}
