#!/usr/bin/env node
import { packageVersion } from '../gateway/gateway.js';
import { createProgram } from './program.js';
import { reportError } from './report-error.js';

// A reader that has enough (`| head`) closes the pipe; Node would end the process with a stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
process.stderr.on('error', () => undefined);
try {
  await createProgram(packageVersion()).parseAsync();
} catch (error) {
  process.exitCode = reportError(error, process.argv.slice(2));
}
