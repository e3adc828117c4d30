import { type Component, laneOf, setNumber } from '../../features/key-components.js';
import { UNKNOWN_FLAG } from '../../pairs/pair-batch.js';
import { type Hash64, hashComponents } from '../../pairs/murmur3.js';

/**
 * Layout of a pair record, little-endian, the part that feedback tokens and logged events share:
 *
 *   byte   0            4              8                   80                92       95
 *          key scheme   predicted at   9 hashes, 8 bytes   4 buckets, u24    packed
 *          u32          u32, Unix s    each, low lane      (followers)       values
 *                                      first
 *
 * A record holds the components of every key of the statistics, not the keys: a gateway with other key sets can still
 * compute its keys.
 */
export const PAIR_RECORD_BYTES = 95;

const PREDICTED_AT = 4;
const HASHES_AT = 8;
const BUCKETS_AT = 80;
const PACKED_AT = 92;

/** Components that are hashes, in the order of a record. */
const HASHES: readonly Component[] = [
  'reader',
  'tweet',
  'author',
  'language',
  'first word',
  'link domain',
  'first mention',
  'second mention',
  'retweeted user',
];

/** Components that are buckets of follower and following counts. */
const BUCKETS: readonly Component[] = [
  'follower bucket of the author',
  'following bucket of the author',
  'follower bucket of the reader',
  'following bucket of the reader',
];
/** LARGEST_BUCKET of the features fits. */
const BUCKET_BYTES = 3;

/** Small components and their widths in the packed bits, lowest bits first. */
const PACKED: readonly { readonly component: Component; readonly bits: number }[] = [
  { component: 'tweet type', bits: 2 },
  { component: 'media code', bits: 4 },
  { component: 'last marks', bits: 3 },
  { component: 'popularity group', bits: 3 },
  // 3 is an unknown flag.
  { component: 'verified author', bits: 2 },
  { component: 'verified reader', bits: 2 },
  { component: 'author follows reader', bits: 1 },
];
/**
 * Bit after the packed components: the tweet has no id. Its hash in the record is then the hash of its content, which only
 * serves the pair id; the component is 0.
 */
const CONTENT_BIT = 1 << PACKED.reduce((at, { bits }) => at + bits, 0);

const TWEET_LANE = laneOf('tweet');
const READER_AT = HASHES_AT + 8 * HASHES.indexOf('reader');
const AUTHOR_AT = HASHES_AT + 8 * HASHES.indexOf('author');
const HASH_LANES = HASHES.map(laneOf);
const BUCKET_LANES = BUCKETS.map(laneOf);
const PACKED_LANES = PACKED.map(({ component, bits }) => ({
  lane: laneOf(component),
  bits,
  isVerifiedFlag: component.startsWith('verified'),
}));
const UNKNOWN_BITS = 3;
/** Lanes of the reader and the tweet at the start of the hashes. */
const PAIR_ID_OFFSETS = Uint8Array.of(0, 2);
const pairIdLanes = new Int32Array(4);

/** Components that a record holds. @internal */
export const RECORDED_COMPONENTS: readonly Component[] = [
  ...HASHES,
  ...BUCKETS,
  ...PACKED.map(({ component }) => component),
];

/** Components of a record in their order, with their widths in bits: `reader:64,tweet:64,...`. Part of the key scheme. */
export const RECORD_LAYOUT = [
  ...HASHES.map((component) => `${component}:64`),
  ...BUCKETS.map((component) => `${component}:${8 * BUCKET_BYTES}`),
  ...PACKED.map(({ component, bits }) => `${component}:${bits}`),
].join(',');

/** The part of a pair record that the components do not say. */
export interface PairRecordHead {
  /** Identifies components and vocabulary, see key-scheme.ts. Unsigned 32 bits. */
  keyScheme: number;
  /** Time that the features were computed for, Unix seconds, unsigned 32 bits. */
  predictedAtS: number;
}

/**
 * Writes a pair record to out[at .. at + PAIR_RECORD_BYTES).
 * @param components COMPONENT_LANES of the pair, computed with all components of the text
 * @param contentHash hash of the tweet's content, for a tweet without an id (both lanes of its component are 0)
 */
export function writePairRecord(
  { keyScheme, predictedAtS }: PairRecordHead,
  components: Int32Array,
  contentHash: Readonly<Hash64>,
  out: DataView,
  at: number,
): void {
  out.setUint32(at, keyScheme, true);
  out.setUint32(at + PREDICTED_AT, predictedAtS, true);
  for (let i = 0; i < HASH_LANES.length; i += 1) {
    const lane = HASH_LANES[i]!;
    out.setInt32(at + HASHES_AT + 8 * i, components[lane]!, true);
    out.setInt32(at + HASHES_AT + 8 * i + 4, components[lane + 1]!, true);
  }
  for (let i = 0; i < BUCKET_LANES.length; i += 1)
    setUint24(out, at + BUCKETS_AT + BUCKET_BYTES * i, components[BUCKET_LANES[i]!]!);
  let packed = 0;
  let shift = 0;
  for (let i = 0; i < PACKED_LANES.length; i += 1) {
    const { lane, bits } = PACKED_LANES[i]!;
    const value = components[lane]!;
    packed |= (value === UNKNOWN_FLAG ? UNKNOWN_BITS : value) << shift;
    shift += bits;
  }
  if (components[TWEET_LANE] === 0 && components[TWEET_LANE + 1] === 0) {
    packed |= CONTENT_BIT;
    out.setInt32(at + HASHES_AT + 8, contentHash.lo, true);
    out.setInt32(at + HASHES_AT + 12, contentHash.hi, true);
  }
  setUint24(out, at + PACKED_AT, packed);
}

/** Reads the components of the record at bytes[at]. Other components of `components` stay unchanged. */
export function readComponents(record: DataView, at: number, components: Int32Array): void {
  for (let i = 0; i < HASH_LANES.length; i += 1) {
    const lane = HASH_LANES[i]!;
    components[lane] = record.getInt32(at + HASHES_AT + 8 * i, true);
    components[lane + 1] = record.getInt32(at + HASHES_AT + 8 * i + 4, true);
  }
  for (let i = 0; i < BUCKET_LANES.length; i += 1)
    setNumber(components, BUCKET_LANES[i]!, getUint24(record, at + BUCKETS_AT + BUCKET_BYTES * i));
  const packed = getUint24(record, at + PACKED_AT);
  let shift = 0;
  for (let i = 0; i < PACKED_LANES.length; i += 1) {
    const { lane, bits, isVerifiedFlag } = PACKED_LANES[i]!;
    const value = (packed >>> shift) & ((1 << bits) - 1);
    setNumber(components, lane, isVerifiedFlag && value === UNKNOWN_BITS ? UNKNOWN_FLAG : value);
    shift += bits;
  }
  if ((packed & CONTENT_BIT) !== 0) {
    components[TWEET_LANE] = 0;
    components[TWEET_LANE + 1] = 0;
  }
}

/** Key scheme of a record, unsigned 32 bits. */
export function keySchemeOf(record: DataView, at: number): number {
  return record.getUint32(at, true);
}

/** Time of the prediction, Unix seconds. */
export function predictedAtOf(record: DataView, at: number): number {
  return record.getUint32(at + PREDICTED_AT, true);
}

/** True if the reader or the author of the pair is the user. @param user hash of the user's id */
export function hasUser(record: DataView, at: number, user: Readonly<Hash64>): boolean {
  return isHash(record, at + READER_AT, user) || isHash(record, at + AUTHOR_AT, user);
}

function isHash(record: DataView, at: number, { lo, hi }: Readonly<Hash64>): boolean {
  return record.getInt32(at, true) === (lo | 0) && record.getInt32(at + 4, true) === (hi | 0);
}

/** Id of the pair: the hash of its reader and its tweet (or the content of a tweet without an id). */
export function readPairId(record: DataView, at: number, out: Hash64): void {
  for (let i = 0; i < pairIdLanes.length; i += 1)
    pairIdLanes[i] = record.getInt32(at + HASHES_AT + 4 * i, true);
  hashComponents(pairIdLanes, PAIR_ID_OFFSETS, out);
}

function setUint24(view: DataView, at: number, value: number): void {
  view.setUint16(at, value & 0xff_ff, true);
  view.setUint8(at + 2, value >>> 16);
}

function getUint24(view: DataView, at: number): number {
  return view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
}
