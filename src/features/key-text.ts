import { PairstreamError } from '../errors/pairstream-error.js';
import { shownField } from '../errors/shown-field.js';
import { hashIdNumber, hashIdText, hashTag, LONGEST_ID_BYTES } from '../pairs/id-hash.js';
import { type Hash64, hashBytes } from '../pairs/murmur3.js';
import { TWEET_TYPE_CODE } from '../pairs/part-row.js';
import { COMPONENT_LANES, type Component, laneOf, setHash, setNumber } from './key-components.js';
import { hashKey, type KeySet } from './key-sets.js';
import { lowerCaseInto } from './text/lower-case.js';

/** Longest text of a component, bytes of UTF-8. */
export const LONGEST_COMPONENT_BYTES = LONGEST_ID_BYTES;

/**
 * Hashes the language at bytes[from .. to) as requests hash it.
 * @returns the problem with the text; undefined if it is a language
 */
export type HashLanguage = (bytes: Uint8Array, from: number, to: number, out: Hash64) => string | undefined;

const HASH = /^0x([0-9a-f]{8})([0-9a-f]{8})$/i;
const NUMBER = /^number:(\d{1,20})$/;
const LARGEST_UINT64 = 2n ** 64n - 1n;
const FLAGS: Readonly<Record<string, number>> = { false: 0, true: 1, unknown: 255 };
const TWEET_TYPES = new Map(
  Object.entries(TWEET_TYPE_CODE).map(([name, code]) => [name.toLowerCase(), code] as const),
);

/** Writes the lanes of one component. @returns what is accepted, if the text is not */
type ParseComponent = (
  text: string,
  lanes: Int32Array,
  at: number,
  hashLanguage: HashLanguage,
) => string | undefined;

const encoder = new TextEncoder();
const hash: Hash64 = { lo: 0, hi: 0 };

const parseId: ParseComponent = (text, lanes, at) => {
  const number = NUMBER.exec(text)?.[1];
  if (number !== undefined) {
    const value = BigInt(number);
    if (value > LARGEST_UINT64) return 'a number below 2^64';
    hashIdNumber(Number(value & 0xff_ff_ff_ffn) | 0, Number(value >> 32n) | 0, hash);
  } else {
    const bytes = encoder.encode(text);
    if (!hashIdText(bytes, 0, bytes.length, hash)) return 'an id of 1 to 256 bytes';
  }
  setHash(lanes, at, hash.lo, hash.hi);
  return undefined;
};

const parseLanguage: ParseComponent = (text, lanes, at, hashLanguage) => {
  const bytes = encoder.encode(text);
  const problem = hashLanguage(bytes, 0, bytes.length, hash);
  if (problem !== undefined) return 'a BCP-47 tag or 32 hexadecimal digits';
  setHash(lanes, at, hash.lo, hash.hi);
  return undefined;
};

/** A word that the tweet need not have: the hash of no bytes stands for none. */
const parseWord: ParseComponent = (text, lanes, at) => {
  const bytes = encoder.encode(text);
  lowerCaseInto(bytes, bytes.length);
  hashBytes(bytes, 0, bytes.length, hash);
  setHash(lanes, at, hash.lo, hash.hi);
  return undefined;
};

/** A name that the tweet need not have: 0 stands for none. */
const parseMention: ParseComponent = (text, lanes, at, hashLanguage) => {
  if (text !== '') return parseWord(text.replace(/^@/, ''), lanes, at, hashLanguage);
  setHash(lanes, at, 0, 0);
  return undefined;
};

const parseDomain: ParseComponent = (text, lanes, at) => {
  hash.lo = 0;
  hash.hi = 0;
  if (text !== '') hashTag(text, hash);
  setHash(lanes, at, hash.lo, hash.hi);
  return undefined;
};

const parseTweetType: ParseComponent = (text, lanes, at) => {
  const code = TWEET_TYPES.get(text.toLowerCase());
  if (code === undefined) return `one of ${Object.keys(TWEET_TYPE_CODE).join(', ')}`;
  setNumber(lanes, at, code);
  return undefined;
};

const parseFlag: ParseComponent = (text, lanes, at) => {
  const flag = FLAGS[text];
  if (flag === undefined) return `one of ${Object.keys(FLAGS).join(', ')}`;
  setNumber(lanes, at, flag);
  return undefined;
};

const parseNumber: ParseComponent = (text, lanes, at) => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) return 'a whole number of 0 or more';
  setNumber(lanes, at, value);
  return undefined;
};

const PARSERS: Readonly<Record<Component, ParseComponent>> = {
  author: parseId,
  language: parseLanguage,
  'first word': parseWord,
  'tweet type': parseTweetType,
  'media code': parseNumber,
  tweet: parseId,
  'link domain': parseDomain,
  'verified author': parseFlag,
  'last marks': parseNumber,
  'popularity group': parseNumber,
  'follower bucket of the author': parseNumber,
  'following bucket of the author': parseNumber,
  'second word': parseWord,
  'first mention': parseMention,
  'second mention': parseMention,
  'third mention': parseMention,
  'retweeted user': parseMention,
  body: parseWord,
  reader: parseId,
  'verified reader': parseFlag,
  'follower bucket of the reader': parseNumber,
  'following bucket of the reader': parseNumber,
  'author follows reader': parseFlag,
};

/**
 * Hashes a statistics key that is written as text, one value for each component of its key set:
 *
 * - author, reader, tweet: an id as text (32 hexadecimal digits are the 16 bytes that they spell), or `number:` and an id that
 *   requests send as a number;
 * - language: a tag as requests send it;
 * - words, mentions, link domain: the text; empty if the tweet has none;
 * - tweet type: TopLevel, Retweet or Quote;
 * - verified author, verified reader, author follows reader: true, false or unknown;
 * - codes, groups and buckets: a whole number;
 * - any component: `0x` and 16 hexadecimal digits, its 64 bits as they are, high half first.
 *
 * @param components text by component name
 * @param out receives the key
 * @throws PairstreamError INVALID_REQUEST for a component that is missing, unknown, too long or not accepted
 */
export function parseKey(
  keySet: KeySet,
  components: Readonly<Record<string, string>>,
  hashLanguage: HashLanguage,
  out: Hash64,
): void {
  const expected = keySet.components.join(', ');
  const known: readonly string[] = keySet.components;
  const unknown = Object.keys(components).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw invalid(unknown, `${shownField(unknown)} is no component of ${keySet.name}, expected ${expected}`);
  const lanes = new Int32Array(COMPONENT_LANES);
  for (const component of keySet.components) {
    const text = components[component];
    if (text === undefined) throw invalid(component, `missing, expected ${expected}`);
    const byteLength = Buffer.byteLength(text);
    if (byteLength > LONGEST_COMPONENT_BYTES)
      throw invalid(component, `${byteLength} bytes, expected at most ${LONGEST_COMPONENT_BYTES}`);
    const accepted = parseComponent(component, text, lanes, hashLanguage);
    if (accepted !== undefined) throw invalid(component, `${shownField(text)}, expected ${accepted}`);
  }
  hashKey(keySet, lanes, out);
}

/**
 * Hashes a user's id that is written as text, as `parseKey` reads an author or a reader.
 * @param field of the request, for the error
 * @throws PairstreamError INVALID_REQUEST for text that is no id
 */
export function parseUser(text: string, field: string): Hash64 {
  const lanes = new Int32Array(COMPONENT_LANES);
  const accepted = parseComponent('reader', text, lanes, () => 'no language');
  if (accepted !== undefined) {
    const problem = `${field}: ${shownField(text)}, expected ${accepted}`;
    throw new PairstreamError('INVALID_REQUEST', problem, { field });
  }
  const at = laneOf('reader');
  return { lo: lanes[at]!, hi: lanes[at + 1]! };
}

function parseComponent(
  component: Component,
  text: string,
  lanes: Int32Array,
  hashLanguage: HashLanguage,
): string | undefined {
  const at = laneOf(component);
  const [, hi, lo] = HASH.exec(text) ?? [];
  if (hi === undefined || lo === undefined) return PARSERS[component](text, lanes, at, hashLanguage);
  setHash(lanes, at, Number.parseInt(lo, 16), Number.parseInt(hi, 16));
  return undefined;
}

function invalid(component: string, problem: string): PairstreamError {
  const field = `components.${component}`;
  return new PairstreamError('INVALID_REQUEST', `${field}: ${problem}`, { field });
}
