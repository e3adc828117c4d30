import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLanguages } from '../../src/releases/languages-file.js';
import { TONGUES } from '../../src/offline/world/tongues.js';
import { World } from '../../src/offline/world/world.js';
import { ROOT } from '../support/gateway/test-gateway.js';

/** Tag of each spelling of the synthetic world. */
const TAGS: Readonly<Record<string, string>> = {
  english: 'en',
  japanese: 'ja',
  spanish: 'es',
  portuguese: 'pt',
  turkish: 'tr',
  arabic: 'ar',
  korean: 'ko',
  thai: 'th',
  indonesian: 'id',
  french: 'fr',
  hindi: 'hi',
  russian: 'ru',
};

describe('the shipped languages', () => {
  it('stand for the ids of the tweets that are spelt so', () => {
    const world = new World({ seed: 1, userCount: 3_000, pairsPerDay: 30_000 });
    const pieces = world.vocabularyText().split('\n');
    const textsOf = new Map<string, string>();
    for (const { row } of [...world.generateDay(0)].flat()) {
      const text = row.textTokens.map((token) => pieces[token]!.replace('##', '')).join('');
      textsOf.set(row.language, (textsOf.get(row.language) ?? '') + text);
    }
    const languages = readLanguages(join(ROOT, 'pipelines/recsys2021/languages.yaml'));
    expect([...languages.keys()].toSorted()).toEqual(Object.values(TAGS).toSorted());
    for (const { name, characters } of TONGUES) {
      const text = textsOf.get(languages.get(TAGS[name]!)!) ?? '';
      expect(text.length).toBeGreaterThan(1_000);
      // The characters that this spelling has more than any other language does.
      const shareIn = (other: string): number =>
        Array.from(other.toLowerCase()).filter((character) => characters.includes(character)).length /
        other.length;
      expect(shareIn(text)).toBeGreaterThan(0.5);
    }
  });
});
