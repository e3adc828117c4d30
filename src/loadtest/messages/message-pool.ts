import { type PredictInput, RequestBuilder } from '@pairstream/client';
import { encodeRequest } from '@pairstream/client/wire';
import type { PartRow } from '../../pairs/part-row.js';
import type { RandomSource } from '../seeded-random.js';
import { WeightedChoice } from '../weighted-choice.js';
import type { SizeShare } from './message-mix.js';
import { distinctTweets, oneReaderRequests } from './one-reader-requests.js';

/** An encoded PredictRequest. */
export interface PoolMessage {
  readonly pairCount: number;
  /** Without sequence and timeout. Shared by all sends: not to be modified. */
  readonly bytes: Buffer;
}

/** Most different messages of one size. */
const MAX_MESSAGES_PER_SIZE = 256;
/** Most bytes of the messages of one size; one message is always kept. */
const MAX_BYTES_PER_SIZE = 64 * 1_048_576;

/** Messages of each size of a mix, encoded before the run. Messages of one size take turns. */
export class MessagePool {
  private readonly choice: WeightedChoice<MessageCycle>;

  private constructor(cycles: readonly { readonly item: MessageCycle; readonly weight: number }[]) {
    this.choice = new WeightedChoice(cycles);
  }

  /**
   * Encodes the messages of a mix. If a size needs more rows than there are, rows repeat.
   * @param rows at least one
   * @param isOneReader true: the pairs of a message are the tweets of its rows and one reader; false: the rows as they are
   */
  static of(rows: readonly PartRow[], mix: readonly SizeShare[], isOneReader = false): MessagePool {
    return new MessagePool(
      mix.map(({ pairCount, share }) => ({
        item: new MessageCycle(encodeMessages(rows, pairCount, isOneReader)),
        weight: share,
      })),
    );
  }

  /** The next message, of a random size. */
  next(random: RandomSource): PoolMessage {
    return this.choice.draw(random).next();
  }
}

class MessageCycle {
  private at = 0;

  constructor(private readonly messages: readonly [PoolMessage, ...PoolMessage[]]) {}

  next(): PoolMessage {
    const message = this.messages[this.at % this.messages.length] ?? this.messages[0];
    this.at += 1;
    return message;
  }
}

function encodeMessages(
  rows: readonly PartRow[],
  pairCount: number,
  isOneReader: boolean,
): [PoolMessage, ...PoolMessage[]] {
  const inputs = isOneReader
    ? oneReaderRequests(repeated(distinctTweets(rows), pairCount), pairCount)
    : chunks(rows, pairCount);
  const messages: PoolMessage[] = [];
  let byteCount = 0;
  for (const input of inputs) {
    const bytes = encodeRequest(input, 0);
    byteCount += bytes.byteLength;
    if (messages.length > 0 && (byteCount > MAX_BYTES_PER_SIZE || messages.length >= MAX_MESSAGES_PER_SIZE))
      break;
    messages.push({ pairCount, bytes });
  }
  const [first, ...others] = messages;
  if (first === undefined) throw new RangeError('messages need at least one row');
  return [first, ...others];
}

/** Requests of `pairCount` rows each. */
function* chunks(rows: readonly PartRow[], pairCount: number): Generator<PredictInput> {
  const all = repeated(rows, pairCount);
  const builder = new RequestBuilder();
  for (let end = pairCount; end <= all.length; end += pairCount) {
    for (const row of all.slice(end - pairCount, end)) builder.addPartRow(row);
    yield builder.take();
  }
}

/** The rows, again and again until there are at least `count`. */
function repeated(rows: readonly PartRow[], count: number): readonly PartRow[] {
  const times = Math.ceil(count / rows.length);
  return times <= 1 ? rows : Array.from({ length: times }, () => rows).flat();
}
