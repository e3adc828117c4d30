import { expect, it } from 'vitest';
import { PairstreamError } from './pairstream-error.js';

it.each([
  ['INVALID_ROW', false],
  ['BUSY', false],
  ['DEADLINE_EXCEEDED', false],
  ['CANCELLED', false],
  ['BACKEND_FAILED', true],
  ['INVALID_REQUEST', true],
  ['INTERNAL', true],
] as const)('an error of code %s has a stack trace: %s', (code, isTraced) => {
  const { stackTraceLimit } = Error;
  const { stack } = new PairstreamError(code, 'a text');
  expect(stack).toContain('a text');
  expect(stack?.includes('\n    at ')).toBe(isTraced);
  expect(Error.stackTraceLimit).toBe(stackTraceLimit);
});
