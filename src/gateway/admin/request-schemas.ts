import { z } from 'zod';

/** Longest name in a path, characters. */
const LONGEST_NAME = 256;
/** Longest time that a change waits for requests in flight, milliseconds. */
const LONGEST_WAIT_MS = 600_000;
const DEFAULT_WAIT_MS = 10_000;

/** A name in a path. */
export const nameSchema = z
  .string()
  .min(1, 'expected a name')
  .max(LONGEST_NAME, `expected at most ${LONGEST_NAME} characters`);

/** A query or a body that has these fields and no others. */
export function requestSchema<T extends z.core.$ZodLooseShape>(shape: T): z.ZodObject<T, z.core.$strict> {
  const expected = `expected ${Object.keys(shape).join(', ')}`;
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `unknown field ${issue.keys.join(', ')}, ${expected}` : expected,
  });
}

/** A whole number of a query or a path. */
export function countSchema(min: number, max: number) {
  const expected = `expected a whole number from ${min} to ${max}`;
  return z.coerce.number(expected).int(expected).min(min, expected).max(max, expected);
}

/** `true` or `false` of a query. Default: false. */
export const flagSchema = z
  .enum(['true', 'false'], 'expected true or false')
  .default('false')
  .transform((text) => text === 'true');

/** Query of a change that may leave no model to answer with. */
export const forceSchema = requestSchema({
  force: flagSchema.describe('Change also if only base rates, or nothing, can answer afterwards.'),
});

/** Query of a change that waits for requests in flight. */
export const waitSchema = requestSchema({
  force: flagSchema.describe('Change also if only base rates, or nothing, can answer afterwards.'),
  timeoutMs: countSchema(0, LONGEST_WAIT_MS)
    .default(DEFAULT_WAIT_MS)
    .describe('Longest wait for the requests in flight, milliseconds. They go on after it.'),
});
