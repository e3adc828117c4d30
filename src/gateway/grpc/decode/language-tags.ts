import { LRUCache } from 'lru-cache';
import type { Hash64 } from '../../../pairs/murmur3.js';
import { hashTag, hashTagBytes } from '../../../pairs/id-hash.js';

/** Maximum number of cached tags: more than there are languages. */
const MOST_TAGS = 4_096;
/** Maximum length of a tag. RFC 5646, section 4.4.1, requires at least 35 characters. */
const LONGEST_TAG_BYTES = 35;
const HASH_DIGITS = 32;
const TWO_32 = 2 ** 32;

/** A cached tag with its hash or its problem. */
interface KnownTag {
  readonly bytes: Uint8Array;
  readonly lo: number;
  readonly hi: number;
  readonly problem: string | undefined;
}

/**
 * Converts language tags to hashes:
 * - 32 hexadecimal digits are a language id of the training data; an empty tag means no language. Both are hashed as they are.
 * - Any other tag is BCP-47. The tag is made canonical ("iw" becomes "he") and reduced to its language; Chinese keeps its script
 *   ("zh-TW" becomes "zh-Hant"). The release maps the result to a language id. A tag without an id is hashed as it is.
 * Results are cached, so a tag that was seen before costs no computation and no memory.
 */
export class LanguageTags {
  private readonly known = new LRUCache<number, KnownTag>({ max: MOST_TAGS });
  private readonly raw: Hash64 = { lo: 0, hi: 0 };

  /** @param languages language id of the training data by BCP-47 tag */
  constructor(private readonly languages: ReadonlyMap<string, string>) {}

  /** Hashes the tag at bytes[from .. to). @returns the problem of an invalid tag; undefined for a valid tag */
  hash(bytes: Uint8Array, from: number, to: number, out: Hash64): string | undefined {
    hashTagBytes(bytes, from, to, out);
    if (to === from || isHexHash(bytes, from, to)) return undefined;
    if (to - from > LONGEST_TAG_BYTES)
      return `${to - from} bytes, expected a BCP-47 tag or ${HASH_DIGITS} hexadecimal digits`;
    // The cache key holds only 53 bits of the hash, so the bytes are compared, too.
    const key = (out.hi & 0x1f_ff_ff) * TWO_32 + (out.lo >>> 0);
    let tag = this.known.get(key);
    if (tag === undefined || !isSame(tag.bytes, bytes, from, to)) {
      tag = this.resolve(bytes.slice(from, to));
      this.known.set(key, tag);
    }
    out.lo = tag.lo;
    out.hi = tag.hi;
    return tag.problem;
  }

  /** Number of cached tags. */
  get size(): number {
    return this.known.size;
  }

  private resolve(bytes: Uint8Array): KnownTag {
    const text = new TextDecoder().decode(bytes);
    const language = canonicalLanguage(text);
    if (language === undefined) {
      const problem = `${JSON.stringify(text)}, expected a BCP-47 tag or ${HASH_DIGITS} hexadecimal digits`;
      return { bytes, lo: 0, hi: 0, problem };
    }
    hashTag(this.languages.get(language) ?? language, this.raw);
    return { bytes, lo: this.raw.lo, hi: this.raw.hi, problem: undefined };
  }
}

/** Language of a BCP-47 tag, with the script for Chinese; undefined for anything else. */
function canonicalLanguage(text: string): string | undefined {
  try {
    const locale = new Intl.Locale(text.replaceAll('_', '-'));
    // Not locale.language: newer engines leave the field out for "und".
    const [language] = locale.baseName.split('-');
    return language === 'zh' ? `zh-${locale.maximize().script}` : language;
  } catch {
    return undefined;
  }
}

function isHexHash(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from !== HASH_DIGITS) return false;
  for (let at = from; at < to; at += 1) {
    const lower = bytes[at]! | 0x20;
    const isDigit = (bytes[at]! >= 0x30 && bytes[at]! <= 0x39) || (lower >= 0x61 && lower <= 0x66);
    if (!isDigit) return false;
  }
  return true;
}

function isSame(tag: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (tag.length !== to - from) return false;
  for (let i = 0; i < tag.length; i += 1) if (tag[i] !== bytes[from + i]) return false;
  return true;
}
