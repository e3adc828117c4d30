import { describe, expect, it } from 'vitest';
import { hashIdHex, hashIdNumber, hashTag } from '../pairs/id-hash.js';
import { type Hash64, hashBytes, hashComponents, hashKey1 } from '../pairs/murmur3.js';
import { KEY_SETS, keySetOf } from './key-sets.js';
import { type HashLanguage, LONGEST_COMPONENT_BYTES, parseKey } from './key-text.js';

const HEX_ID = '0123456789ABCDEF0123456789ABCDEF';
const TYPE_NAMES = ['TopLevel', 'Retweet', 'Quote'];

const hashLanguage: HashLanguage = (bytes, from, to, out) => {
  const tag = new TextDecoder().decode(bytes.subarray(from, to));
  hashTag(tag, out);
  return tag === '??' ? 'no tag' : undefined;
};

function keyOf(keySet: string, components: Record<string, string>): Hash64 {
  const key = { lo: 0, hi: 0 };
  parseKey(keySetOf(keySet), components, hashLanguage, key);
  return key;
}

function hashed(hash: (out: Hash64) => unknown): Hash64 {
  const out = { lo: 0, hi: 0 };
  hash(out);
  return out;
}

/** The key of one component. */
function single({ lo, hi }: Hash64): Hash64 {
  return hashed((out) => hashKey1(lo, hi, out));
}

/** The key of several components, in hashing order. */
function joint(components: readonly Hash64[]): Hash64 {
  const lanes = Int32Array.from(components.flatMap(({ lo, hi }) => [lo, hi]));
  const offsets = Uint8Array.from(components, (_, i) => 2 * i);
  return hashed((out) => hashComponents(lanes, offsets, out));
}

function textHash(text: string): Hash64 {
  const bytes = new TextEncoder().encode(text);
  return hashed((out) => hashBytes(bytes, 0, bytes.length, out));
}

describe('parseKey', () => {
  it.each<[string, string, Hash64]>([
    ['32 hexadecimal digits', HEX_ID, hashed((out) => hashIdHex(HEX_ID, out))],
    ['the same in lower case', HEX_ID.toLowerCase(), hashed((out) => hashIdHex(HEX_ID, out))],
    ['a text', 'alice', textHash('alice')],
    ['a number', `number:${2n ** 32n + 7n}`, hashed((out) => hashIdNumber(7, 1, out))],
    ['a hash', '0x0000000200000001', { lo: 1, hi: 2 }],
    ['a hash with its highest bits', '0xffffffff80000000', { lo: 0x8000_0000 | 0, hi: -1 }],
  ])('takes an id that is %s', (_name, text, hash) => {
    expect(keyOf('a_user_id', { author: text })).toEqual(single(hash));
  });

  it('hashes components in the order of the key set, whatever the order they are given in', () => {
    const author = hashed((out) => hashIdHex(HEX_ID, out));
    const language = hashed((out) => hashTag('en', out));
    TYPE_NAMES.forEach((name, code) => {
      expect(
        keyOf('a_user_id_language_tweet_type', { 'tweet type': name, language: 'en', author: HEX_ID }),
      ).toEqual(joint([author, language, { lo: code, hi: 0 }]));
    });
  });

  it.each([
    ['true', 1],
    ['false', 0],
    ['unknown', 255],
  ])('takes a flag that is %s', (text, flag) => {
    const key = keyOf('b_is_verified_tweet_type', { 'verified reader': text, 'tweet type': 'quote' });
    expect(key).toEqual(
      joint([
        { lo: flag, hi: 0 },
        { lo: 2, hi: 0 },
      ]),
    );
  });

  it('takes words in any case, and nothing for a tweet without words', () => {
    expect(keyOf('tw_word0', { 'first word': 'HELLO' })).toEqual(single(textHash('hello')));
    expect(keyOf('tw_word0', { 'first word': '' })).toEqual(single(textHash('')));
  });

  it('takes a mention with and without @, and nothing for a tweet without mentions', () => {
    expect(keyOf('tw_rt_user0', { 'retweeted user': '@Bob' })).toEqual(single(textHash('bob')));
    expect(keyOf('tw_rt_user0', { 'retweeted user': 'bob' })).toEqual(single(textHash('bob')));
    expect(keyOf('tw_rt_user0', { 'retweeted user': '' })).toEqual(single({ lo: 0, hi: 0 }));
  });

  it.each<[string, Record<string, string>, string]>([
    ['a missing component', {}, 'components.author: missing, expected author'],
    [
      'an unknown component',
      { author: 'a', writer: 'b' },
      'components.writer: "writer" is no component of a_user_id, expected author',
    ],
    ['an empty id', { author: '' }, 'components.author: "", expected an id of 1 to 256 bytes'],
    ['a number above 64 bits', { author: `number:${2n ** 64n}` }, 'expected a number below 2^64'],
    [
      'a text that is too long',
      { author: 'é'.repeat(LONGEST_COMPONENT_BYTES) },
      `components.author: ${2 * LONGEST_COMPONENT_BYTES} bytes, expected at most ${LONGEST_COMPONENT_BYTES}`,
    ],
  ])('refuses %s', (_name, components, message) => {
    expect(() => keyOf('a_user_id', components)).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST', message: expect.stringContaining(message) }),
    );
  });

  it.each([
    [
      'language',
      { language: '??' },
      'components.language: "??", expected a BCP-47 tag or 32 hexadecimal digits',
    ],
    ['tweet_type', { 'tweet type': 'reply' }, '"reply", expected one of TopLevel, Retweet, Quote'],
    ['media', { 'media code': '-1' }, '"-1", expected a whole number of 0 or more'],
  ])('refuses a value that %s does not have', (keySet, components, message) => {
    expect(() => keyOf(keySet, components)).toThrow(message);
  });

  it('takes every key set by hashes of its components', () => {
    for (const { name, components } of KEY_SETS) {
      const hashes = Object.fromEntries(components.map((component) => [component, '0x0000000000000000']));
      expect(() => keyOf(name, hashes)).not.toThrow();
    }
  });
});
