import { packageVersion } from '../config/package-files.js';
import { createProgram } from './program.js';
import { reportError } from './report-error.js';

/** Parses a command line and runs its command. Sets the exit code of the process. @param args without the program */
export async function run(args: readonly string[] = process.argv.slice(2)): Promise<void> {
  // A reader that has enough (`| head`) closes the pipe; Node would end the process with a stack trace.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  process.stderr.on('error', () => undefined);

  // Node opens a debugger port at SIGUSR1 unless there is a listener; `--disable-sigusr1` covers the time before this line.
  process.on('SIGUSR1', () => undefined);

  try {
    const program = await createProgram(packageVersion(), args);
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = reportError(error, args);
  }
}
