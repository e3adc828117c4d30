import { packageVersion } from '../gateway/gateway.js';
import { createProgram } from './program.js';
import { reportError } from './report-error.js';

/** Parses the command line of this process and runs its command. Sets the exit code. */
export async function run(): Promise<void> {
  // A reader that has enough (`| head`) closes the pipe; Node would end the process with a stack trace.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  process.stderr.on('error', () => undefined);

  // Node opens a debugger port at SIGUSR1 unless there is a listener; `--disable-sigusr1` covers the time before this line.
  process.on('SIGUSR1', () => undefined);

  const args = process.argv.slice(2);
  try {
    const program = await createProgram(packageVersion(), args);
    await program.parseAsync();
  } catch (error) {
    process.exitCode = reportError(error, args);
  }
}
