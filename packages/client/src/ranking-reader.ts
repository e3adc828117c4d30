import type protobuf from 'protobufjs/minimal.js';
import { FIELD_NUMBER } from './wire/generated/fields.js';
import type { PredictOutput, Probabilities, RankedPairs, ReaderRanking } from './predict-input.js';
import { readDoubles, readFloats, readMessage, readUint32s } from './wire-values.js';

const { PredictResponse, RankedProbabilities } = FIELD_NUMBER;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Collects the fields of a PredictResponse that belong to a ranking. */
export class RankingReader {
  private readonly all: Mutable<RankedPairs> = {
    pairIndexes: new Uint32Array(0),
    scores: new Float64Array(0),
  };
  private readerIndexes: Uint32Array | undefined;
  private counts: Uint32Array = new Uint32Array(0);
  private isEmpty = true;

  /** @param reader of the whole answer */
  constructor(private readonly reader: protobuf.Reader) {}

  /** Reads one field. @returns false, with nothing read, for a field that does not belong to a ranking */
  readField(field: number): boolean {
    const { all, reader } = this;
    if (field === PredictResponse.rankedPairIndex) all.pairIndexes = readUint32s(reader);
    else if (field === PredictResponse.rankedScore) all.scores = readDoubles(reader);
    else if (field === PredictResponse.rankedProbabilities) all.probabilities = readProbabilities(reader);
    else if (field === PredictResponse.rankedReaderIndex) this.readerIndexes = readUint32s(reader);
    else if (field === PredictResponse.rankedCount) this.counts = readUint32s(reader);
    else return false;
    this.isEmpty = false;
    return true;
  }

  /** Sets the ranking of an answer that has one. */
  addTo(output: { ranking?: PredictOutput['ranking'] }): void {
    if (this.isEmpty) return;
    const byReader = this.byReader();
    output.ranking = byReader === undefined ? this.all : { ...this.all, byReader };
  }

  private byReader(): ReaderRanking[] | undefined {
    if (this.readerIndexes === undefined) return undefined;
    let from = 0;
    return Array.from(this.readerIndexes, (readerIndex, i) => {
      const to = from + (this.counts[i] ?? 0);
      const list = { readerIndex, ...part(this.all, from, to) };
      from = to;
      return list;
    });
  }
}

/** Ranked pairs `from` to `to` (exclusive), as views. */
function part({ pairIndexes, scores, probabilities }: RankedPairs, from: number, to: number): RankedPairs {
  const own = { pairIndexes: pairIndexes.subarray(from, to), scores: scores.subarray(from, to) };
  if (probabilities === undefined) return own;
  const { reply, retweet, quote, like } = probabilities;
  return {
    ...own,
    probabilities: {
      reply: reply.subarray(from, to),
      retweet: retweet.subarray(from, to),
      quote: quote.subarray(from, to),
      like: like.subarray(from, to),
    },
  };
}

function readProbabilities(reader: protobuf.Reader): Probabilities {
  const none = new Float32Array(0);
  const columns: Mutable<Probabilities> = { reply: none, retweet: none, quote: none, like: none };
  readMessage(reader, (field) => {
    if (field === RankedProbabilities.reply) columns.reply = readFloats(reader);
    else if (field === RankedProbabilities.retweet) columns.retweet = readFloats(reader);
    else if (field === RankedProbabilities.quote) columns.quote = readFloats(reader);
    else if (field === RankedProbabilities.like) columns.like = readFloats(reader);
    else return false;
    return true;
  });
  return columns;
}
