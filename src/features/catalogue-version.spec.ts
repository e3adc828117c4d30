import { describe, expect, it } from 'vitest';
import { CATALOGUE } from './catalogue.js';
import { CATALOGUE_VERSION, catalogueVersionOf } from './catalogue-version.js';
import { KEYS } from './keys.js';

const [FIRST, ...OTHERS] = CATALOGUE;
const [FIRST_KEY, ...OTHER_KEYS] = KEYS;

describe('version of the feature catalogue', () => {
  it('is 16 hexadecimal digits of the content, in any order', () => {
    expect(CATALOGUE_VERSION).toMatch(/^[0-9a-f]{16}$/);
    expect(catalogueVersionOf(CATALOGUE.toReversed(), KEYS.toReversed(), 1)).toBe(CATALOGUE_VERSION);
  });

  it.each([
    ['a feature less', OTHERS, KEYS, 1],
    ['another name', [{ ...FIRST!, name: 'renamed' }, ...OTHERS], KEYS, 1],
    ['another row space', [{ ...FIRST!, rowSpace: 'pair' as const }, ...OTHERS], KEYS, 1],
    ['another meaning', [{ ...FIRST!, meaning: 'accounts the author blocks' }, ...OTHERS], KEYS, 1],
    [
      'another fidelity',
      [{ ...FIRST!, fidelity: 'changed' as const, reason: 'a fault' }, ...OTHERS],
      KEYS,
      1,
    ],
    ['a key less', CATALOGUE, OTHER_KEYS, 1],
    [
      'another meaning of a key',
      CATALOGUE,
      [{ ...FIRST_KEY!, meaning: 'name of the author' }, ...OTHER_KEYS],
      1,
    ],
    ['another computation', CATALOGUE, KEYS, 2],
  ])('changes with %s', (_, features, keys, computation) => {
    expect(catalogueVersionOf(features, keys, computation)).not.toBe(CATALOGUE_VERSION);
  });
});
