import { describe, expect, it } from 'vitest';
import { emptyKeyComponents, hashKey, KEY_SETS, type KeyComponents } from './key-sets.js';

/** The lanes of each component, by its name on the reference page. */
const LANES: Record<string, readonly (keyof KeyComponents)[]> = {
  author: ['authorLo', 'authorHi'],
  reader: ['readerLo', 'readerHi'],
  language: ['languageLo', 'languageHi'],
  'first word': ['wordLo', 'wordHi'],
  'tweet type': ['tweetType'],
  'media code': ['mediaCode'],
};

function keyOf(keySet: number, components: KeyComponents): string {
  const out = { lo: 0, hi: 0 };
  hashKey(keySet, components, out);
  return `${out.lo} ${out.hi}`;
}

describe('hashKey', () => {
  it.each(KEY_SETS.map(({ name, components }, keySet) => [name, components, keySet] as const))(
    'of %s depends on %j and nothing else',
    (_name, components, keySet) => {
      const before = keyOf(keySet, emptyKeyComponents());
      for (const [component, lanes] of Object.entries(LANES)) {
        for (const lane of lanes) {
          const changed = keyOf(keySet, { ...emptyKeyComponents(), [lane]: 1 });
          expect(changed !== before, `${component}, ${lane}`).toBe(components.includes(component));
        }
      }
    },
  );

  it('tells components apart that have the same value', () => {
    const authorOnly = { ...emptyKeyComponents(), authorLo: 3 };
    const readerOnly = { ...emptyKeyComponents(), readerLo: 3 };
    const pair = KEY_SETS.findIndex(({ name }) => name === 'a_user_id_b_user_id');
    expect(keyOf(pair, authorOnly)).not.toBe(keyOf(pair, readerOnly));
  });

  it('refuses a key set that is none', () => {
    expect(() => keyOf(KEY_SETS.length, emptyKeyComponents())).toThrow('key set 10, expected 0 to 9');
  });

  it('needs the reader in every key set of pairs, and in no other', () => {
    for (const { rowSpace, components } of KEY_SETS)
      expect(components.includes('reader')).toBe(rowSpace === 'pair');
  });
});
