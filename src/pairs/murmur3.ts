/**
 * MurmurHash3_x86_128 with seed 0, of which the first 64 bits are kept: the one hash of Pairstream, for identities,
 * words and statistics keys. Reference: Austin Appleby's public-domain specification (SMHasher, MurmurHash3_x86_128).
 * Results are two 32-bit lanes, `lo` = h1 and `hi` = h2, so that no BigInt is needed.
 */
const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

function rotl(x: number, r: number): number {
  return (x << r) | (x >>> (32 - r));
}

function fmix(x: number): number {
  let h = x ^ (x >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Output of a hash: two signed 32-bit lanes. They are signed so that engines keep them as small integers. */
export interface Hash64 {
  lo: number;
  hi: number;
}

/** Incremental state is four lanes; kept in module variables so that nothing is allocated per hash. */
let h1 = 0;
let h2 = 0;
let h3 = 0;
let h4 = 0;

function scramble1(k: number): number {
  return Math.imul(rotl(Math.imul(k, C1), 15), C2);
}

function scramble2(k: number): number {
  return Math.imul(rotl(Math.imul(k, C2), 16), C3);
}

function scramble3(k: number): number {
  return Math.imul(rotl(Math.imul(k, C3), 17), C4);
}

function scramble4(k: number): number {
  return Math.imul(rotl(Math.imul(k, C4), 18), C1);
}

function mixBlock(k1: number, k2: number, k3: number, k4: number): void {
  h1 = (Math.imul(rotl(h1 ^ scramble1(k1), 19) + h2, 5) + 0x561ccd1b) | 0;
  h2 = (Math.imul(rotl(h2 ^ scramble2(k2), 17) + h3, 5) + 0x0bcaa747) | 0;
  h3 = (Math.imul(rotl(h3 ^ scramble3(k3), 15) + h4, 5) + 0x96cd1c35) | 0;
  h4 = (Math.imul(rotl(h4 ^ scramble4(k4), 13) + h1, 5) + 0x32ac3b17) | 0;
}

function mixTail(k1: number, k2: number, k3: number, k4: number): void {
  h4 ^= scramble4(k4);
  h3 ^= scramble3(k3);
  h2 ^= scramble2(k2);
  h1 ^= scramble1(k1);
}

/** For whoever reads more lanes than Hash64 has. */
const lanes: Hash64 = { lo: 0, hi: 0 };

function finish(byteLength: number, out: Hash64): void {
  h1 ^= byteLength;
  h2 ^= byteLength;
  h3 ^= byteLength;
  h4 ^= byteLength;
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  h3 = (h3 + h1) | 0;
  h4 = (h4 + h1) | 0;
  h1 = fmix(h1);
  h2 = fmix(h2);
  h3 = fmix(h3);
  h4 = fmix(h4);
  h1 = (h1 + h2 + h3 + h4) | 0;
  out.lo = h1;
  out.hi = (h2 + h1) | 0;
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** The same of a word that may lie across the end, or behind it: zeros are there. */
function lastWord(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  if (at < end) value = bytes[at]!;
  if (at + 1 < end) value |= bytes[at + 1]! << 8;
  if (at + 2 < end) value |= bytes[at + 2]! << 16;
  if (at + 3 < end) value |= bytes[at + 3]! << 24;
  return value;
}

/** Hashes bytes[from .. to) into `out`. */
export function hashBytes(bytes: Uint8Array, from: number, to: number, out: Hash64): void {
  h1 = h2 = h3 = h4 = 0;
  let at = from;
  for (; at + 16 <= to; at += 16)
    mixBlock(word(bytes, at), word(bytes, at + 4), word(bytes, at + 8), word(bytes, at + 12));
  if (at < to)
    mixTail(
      lastWord(bytes, at, to),
      lastWord(bytes, at + 4, to),
      lastWord(bytes, at + 8, to),
      lastWord(bytes, at + 12, to),
    );
  finish(to - from, out);
}

/** Lanes that `hashWords128` writes. */
export const HASH128_LANES = 4;

/**
 * Hashes the words of a matrix row, words[from .. to) as little-endian bytes, and keeps all 128 bits: four signed lanes
 * written to out[at .. at + 4).
 * @param out also holds the state to begin with: zeros (the standard's seed 0), or the hash of the rows before
 */
export function hashWords128(words: Int32Array, from: number, to: number, out: Int32Array, at: number): void {
  h1 = out[at]!;
  h2 = out[at + 1]!;
  h3 = out[at + 2]!;
  h4 = out[at + 3]!;
  let i = from;
  for (; i + 4 <= to; i += 4) mixBlock(words[i]!, words[i + 1]!, words[i + 2]!, words[i + 3]!);
  if (i < to) mixTail(words[i]!, i + 1 < to ? words[i + 1]! : 0, i + 2 < to ? words[i + 2]! : 0, 0);
  finish((to - from) * 4, lanes);
  out[at] = lanes.lo;
  out[at + 1] = lanes.hi;
  out[at + 2] = (h3 + h1) | 0;
  out[at + 3] = (h4 + h1) | 0;
}

/** Hashes one 64-bit component, as its 8 little-endian bytes. */
export function hashKey1(lo: number, hi: number, out: Hash64): void {
  h1 = h2 = h3 = h4 = 0;
  mixTail(lo, hi, 0, 0);
  finish(8, out);
}

/** Hashes three 64-bit components, as their 24 little-endian bytes. */
export function hashKey3(
  aLo: number,
  aHi: number,
  bLo: number,
  bHi: number,
  cLo: number,
  cHi: number,
  out: Hash64,
): void {
  h1 = h2 = h3 = h4 = 0;
  mixBlock(aLo, aHi, bLo, bHi);
  mixTail(cLo, cHi, 0, 0);
  finish(24, out);
}

/**
 * Hashes 64-bit components as 8 little-endian bytes each. The state is in local variables, not in those of the module: a pair has
 * about 25 keys, and the compiler keeps only local variables in registers.
 * @param lanes low lanes lie at lanes[offsets[i]], high lanes after them
 */
export function hashComponents(lanes: Int32Array, offsets: Uint8Array, out: Hash64): void {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const count = offsets.length;
  let i = 0;
  for (; i + 2 <= count; i += 2) {
    const first = offsets[i]!;
    const second = offsets[i + 1]!;
    a = (Math.imul(rotl(a ^ scramble1(lanes[first]!), 19) + b, 5) + 0x561ccd1b) | 0;
    b = (Math.imul(rotl(b ^ scramble2(lanes[first + 1]!), 17) + c, 5) + 0x0bcaa747) | 0;
    c = (Math.imul(rotl(c ^ scramble3(lanes[second]!), 15) + d, 5) + 0x96cd1c35) | 0;
    d = (Math.imul(rotl(d ^ scramble4(lanes[second + 1]!), 13) + a, 5) + 0x32ac3b17) | 0;
  }
  if (i < count) {
    a ^= scramble1(lanes[offsets[i]!]!);
    b ^= scramble2(lanes[offsets[i]! + 1]!);
  }
  const byteLength = 8 * count;
  b ^= byteLength;
  c ^= byteLength;
  d ^= byteLength;
  a = ((a ^ byteLength) + b + c + d) | 0;
  b = fmix((b + a) | 0);
  const sum = (fmix(a) + b + fmix((c + a) | 0) + fmix((d + a) | 0)) | 0;
  out.lo = sum;
  out.hi = (b + sum) | 0;
}
