import type { PredictInput } from '@pairstream/client';
import { encodeRequest } from '@pairstream/client/wire';
import { seededRandom } from '../../../loadtest/seeded-random.js';
import type { PartRow } from '../../../pairs/part-row.js';
import { chunk, withOwnTweets } from '../load/bench-load.js';

const MOST_PAIRS = 100_000;
const TEXTS = 1_000;
/** Characters of a long text. */
const TEXT_LENGTH = 20_000;
const TEXT_PART = 'Größe 東京タワー https://t.co/abc #tag @someone unbelievable 🌅 ';
const DAMAGED_MESSAGES = 400;
const FLIPS = 3;
const BYTE = 256;

/** Encoded messages of one kind of traffic; all of them are answered, with an answer or a status. */
export interface MessageKind {
  readonly name: string;
  readonly messages: readonly Buffer[];
  /** Calls in flight over all connections. */
  readonly inFlight: number;
  readonly isCompressed?: boolean;
}

/** Kinds of traffic, legal ones first. @param rows at least 10,000 */
export function messageKinds(rows: readonly PartRow[]): readonly MessageKind[] {
  const small = encodeAll(chunk(rows, 100));
  const large = chunk(withOwnTweets(rows), 2_000);
  const largestInput = mostPairs(rows);
  const largest = encodeRequest(largestInput, 1);
  return [
    { name: '100 pairs', messages: small, inFlight: 8 },
    { name: '2,000 pairs, every tweet new', messages: encodeAll(large), inFlight: 4 },
    { name: '100,000 pairs', messages: [largest], inFlight: 2 },
    { name: '100,000 pairs, gzip', messages: [largest], inFlight: 2, isCompressed: true },
    { name: '100,000 pairs, all bad', messages: encodeAll([withBadRows(largestInput)]), inFlight: 2 },
    { name: `${TEXTS} texts of ${TEXT_LENGTH} characters`, messages: [longTexts()], inFlight: 2 },
    { name: 'damaged messages', messages: damaged(small), inFlight: 16 },
  ];
}

function encodeAll(inputs: readonly PredictInput[]): Buffer[] {
  return inputs.map((input, sequence) => encodeRequest(input, sequence));
}

/** All rows, each pair many times: as many pairs as a message may have. */
function mostPairs(rows: readonly PartRow[]): PredictInput {
  const [input] = chunk(rows, rows.length);
  const { tweetIndex, readerIndex, authorFollowsReader, asOfS } = input!.pairs;
  const repeat = <T>(column: ArrayLike<T>): T[] =>
    Array.from({ length: MOST_PAIRS }, (_, i) => column[i % column.length]!);
  const pairs = {
    tweetIndex: repeat(tweetIndex),
    readerIndex: repeat(readerIndex),
    authorFollowsReader: repeat(authorFollowsReader),
    asOfS: repeat(asOfS ?? []),
  };
  return { ...input!, pairs };
}

/** Every pair points past its tables. */
function withBadRows(input: PredictInput): PredictInput {
  const count = input.pairs.tweetIndex.length;
  return { ...input, pairs: { ...input.pairs, tweetIndex: Array.from({ length: count }, () => count * 2) } };
}

function longTexts(): Buffer {
  const text = TEXT_PART.repeat(Math.ceil(TEXT_LENGTH / TEXT_PART.length)).slice(0, TEXT_LENGTH);
  const indexes = Array.from({ length: TEXTS }, (_, i) => i);
  const each = <T>(value: T): T[] => indexes.map(() => value);
  const users = { idNumber: [1, 2], followerCount: [1, 2], followingCount: [3, 4] };
  const tweets = {
    authorIndex: each(1),
    type: each('TOP_LEVEL' as const),
    language: each('en'),
    createdAtS: each(1_614_556_800),
    text: indexes.map((i) => `${i} ${text}`.slice(0, TEXT_LENGTH)),
  };
  const pairs = { tweetIndex: indexes, readerIndex: each(0), authorFollowsReader: each(true) };
  return encodeRequest({ users, tweets, pairs }, 1);
}

/** Messages with some bytes drawn anew. */
function damaged(messages: readonly Buffer[]): Buffer[] {
  const random = seededRandom(1);
  const below = (limit: number): number => Math.floor(random() * limit);
  return Array.from({ length: DAMAGED_MESSAGES }, (_, i) => {
    const bytes = Buffer.from(messages[i % messages.length]!);
    for (let flip = 0; flip < FLIPS; flip += 1) bytes[below(bytes.length)] = below(BYTE);
    return bytes;
  });
}
