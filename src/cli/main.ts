#!/usr/bin/env node
import { packageVersion } from '../gateway/gateway.js';
import { createProgram, reportError } from './program.js';

try {
  await createProgram(packageVersion()).parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
