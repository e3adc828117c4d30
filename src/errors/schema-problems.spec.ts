import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { schemaProblems } from './schema-problems.js';

const schema = z.strictObject({
  version: z.literal(1),
  name: z.string(),
  models: z.array(z.strictObject({ width: z.number().min(1) })),
  unit: z.string().regex(/^[a-z]+$/, 'expected letters,\n  a to z'),
});
const good = { version: 1, name: 'a', models: [{ width: 1 }], unit: 's' };

describe('problems of a value that is not as its schema says', () => {
  it.each([
    ['another type', { ...good, name: 5 }, 'name: expected string, received number'],
    ['a missing field', { ...good, name: undefined }, 'name: expected string, received undefined'],
    ['another constant', { ...good, version: 2 }, 'version: expected 1'],
    ['an unknown field', { ...good, nmae: 'a' }, 'Unrecognized key: "nmae"'],
    ['an entry', { ...good, models: [{ width: '1' }] }, 'models[0].width: expected number, received string'],
    ['another whole', 'text', 'expected object, received string'],
    ['a message of two lines', { ...good, unit: '1' }, 'unit: expected letters, a to z'],
    [
      'two problems',
      { ...good, version: 2, name: 5 },
      'version: expected 1; name: expected string, received number',
    ],
    [
      'more than three',
      {},
      'version: expected 1; name: expected string, received undefined; models: expected array, received undefined; and 1 more',
    ],
  ])('tells %s in one line', (_, value, expected) => {
    const parsed = schema.safeParse(value);
    expect(parsed.success ? 'accepted' : schemaProblems(parsed.error)).toBe(expected);
  });
});
