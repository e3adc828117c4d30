import { describe, expect, it } from 'vitest';
import { hashTag } from '../../../pairs/id-hash.js';
import { LanguageTags } from './language-tags.js';

const ENGLISH = 'AB'.repeat(16);
const TAIWAN = 'CD'.repeat(16);
const tags = new LanguageTags(
  new Map([
    ['en', ENGLISH],
    ['zh-Hant', TAIWAN],
  ]),
);

/** Hash of a tag as it is sent, or what is wrong with it. */
function hashOf(tag: string): string {
  const out = { lo: 0, hi: 0 };
  const bytes = new TextEncoder().encode(`x${tag}y`);
  const problem = tags.hash(bytes, 1, bytes.length - 1, out);
  return problem ?? `${out.lo} ${out.hi}`;
}

function plainHash(tag: string): string {
  const out = { lo: 0, hi: 0 };
  hashTag(tag, out);
  return `${out.lo} ${out.hi}`;
}

describe('LanguageTags', () => {
  it.each([
    ['en', ENGLISH],
    ['EN', ENGLISH],
    ['en-US', ENGLISH],
    ['en_GB', ENGLISH],
    ['en-Latn-x-private', ENGLISH],
    ['zh-TW', TAIWAN],
    ['zh-Hant-HK', TAIWAN],
    ['zh', 'zh-Hans'],
    ['zh-CN', 'zh-Hans'],
    ['pt-BR', 'pt'],
    ['iw', 'he'],
    ['in', 'id'],
    // What nobody could tell is no language.
    ['und', 'und'],
  ])('%s stands for %s', (tag, expected) => {
    const language = expected === 'en' ? ENGLISH : expected;
    expect(hashOf(tag)).toBe(plainHash(language));
    // The second time it is remembered.
    expect(hashOf(tag)).toBe(plainHash(language));
  });

  it('leaves the ids of the data, and nothing, as they are', () => {
    for (const tag of [ENGLISH, ENGLISH.toLowerCase(), '0'.repeat(32), ''])
      expect(hashOf(tag)).toBe(plainHash(tag));
  });

  it.each(['e', 'english language', 'en--US', 'a-b', '-', '\u00e9\u00e8', 'g'.repeat(32), 'en-', '12'])(
    'says what is wrong with %s',
    (tag) => {
      expect(hashOf(tag)).toMatch(/expected a BCP-47 tag or 32 hexadecimal digits$/);
      expect(hashOf(tag)).toMatch(/^"|bytes/);
    },
  );

  it('remembers no more than so many tags, and forgets those that are not used', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz';
    for (let i = 0; i < 6_000; i += 1) {
      const region = `${letters[i % 26]}${letters[Math.floor(i / 26) % 26]}${letters[Math.floor(i / 676)]}`;
      hashOf(`en-x-${region}`);
      hashOf('en');
    }
    expect(tags.size).toBe(4_096);
    expect(hashOf('en-x-aaa')).toBe(plainHash(ENGLISH));
  });
});
