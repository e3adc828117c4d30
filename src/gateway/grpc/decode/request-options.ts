import { isUtf8 } from 'node:buffer';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import { TARGET_COUNT, TARGETS } from '../../../pairs/targets.js';
import { TOKEN_BYTES } from '../../../feedback/tokens/token-codec.js';
import type { RankingOptions } from '../../../scoring/ranking.js';
import { FIELD_NUMBER, WIRE_TYPE } from '@pairstream/client/wire';
import type { BoundedReader } from './columns/bounded-reader.js';
import { expectWireType, readFields, readLength } from './columns/field-reading.js';
import { FeedbackOptions } from './feedback-options.js';

const { PredictOptions, ScoreWeights } = FIELD_NUMBER;
const FLOAT_BYTES = 4;
/** The probabilities of a pair, one float per target. */
const PROBABILITIES_BYTES = TARGET_COUNT * FLOAT_BYTES;
/** A ranked pair: the score as a double; index, reader and count as varints of at most 5 bytes. */
const RANKED_BYTES = 8 + 3 * 5;
/** A token with its tag (2 bytes) and its length. */
const TOKEN_FIELD_BYTES = 3 + TOKEN_BYTES;
/** Maximum length of a rung name that an error repeats. */
const LONGEST_RUNG_BYTES = 256;

/** Decoded options of one request. They ask for a ranking instead of the four columns, or for an explanation besides. */
export class RequestOptions implements RankingOptions {
  /** Weight of each target in the score; undefined: the pairs are not ranked. */
  scoreWeights: Float64Array | undefined;
  /** Maximum number of ranked pairs; 0: all. */
  topK = 0;
  explain = false;
  ordered = false;
  /** Lowest acceptable rung; empty: every rung is acceptable. */
  minRung = '';
  /** True if the ranking includes the probabilities of its pairs. */
  keepProbabilities = false;
  /** True if the answer has one ranked list per reader. */
  rankPerReader = false;
  /** Undefined if the request has none. */
  feedback: FeedbackOptions | undefined;

  /** Decodes one field of the options. @throws RangeError for malformed bytes */
  readField(reader: BoundedReader, field: number, wireType: number): void {
    reader.countEmptyField();
    switch (field) {
      case PredictOptions.scoreWeights:
        return this.readWeights(reader, wireType);
      case PredictOptions.topK:
        expectWireType(wireType, WIRE_TYPE.varint);
        this.topK = reader.uint32();
        return;
      case PredictOptions.explain:
        expectWireType(wireType, WIRE_TYPE.varint);
        this.explain = reader.bool();
        return;
      case PredictOptions.ordered:
        expectWireType(wireType, WIRE_TYPE.varint);
        this.ordered = reader.bool();
        return;
      case PredictOptions.minRung:
        return this.readMinRung(reader, wireType);
      case PredictOptions.keepProbabilities:
        expectWireType(wireType, WIRE_TYPE.varint);
        this.keepProbabilities = reader.bool();
        return;
      case PredictOptions.rankPerReader:
        expectWireType(wireType, WIRE_TYPE.varint);
        this.rankPerReader = reader.bool();
        return;
      case PredictOptions.feedback:
        return this.readFeedback(reader, wireType);
      default:
        reader.skipType(wireType);
    }
  }

  /** Maximum bytes of the answer per pair, without the explanation. */
  get columnBytesPerPair(): number {
    const tokenBytes = this.feedback?.hasTokens === true ? TOKEN_FIELD_BYTES : 0;
    if (this.scoreWeights === undefined) return PROBABILITIES_BYTES + tokenBytes;
    return RANKED_BYTES + (this.keepProbabilities ? PROBABILITIES_BYTES : 0) + tokenBytes;
  }

  private readFeedback(reader: BoundedReader, wireType: number): void {
    const feedback = (this.feedback ??= new FeedbackOptions());
    readFields(reader, wireType, (field, type) => feedback.readField(reader, field, type));
  }

  private readMinRung(reader: BoundedReader, wireType: number): void {
    const end = readLength(reader, wireType);
    const bytes = reader.buf.subarray(reader.pos, end);
    if (bytes.length > LONGEST_RUNG_BYTES || !isUtf8(bytes)) {
      const problem = `${bytes.length} bytes, expected UTF-8 of at most ${LONGEST_RUNG_BYTES}: the name of a rung`;
      throw invalid('options.min_rung', problem);
    }
    this.minRung = Buffer.from(bytes).toString('utf8');
    reader.pos = end;
  }

  private readWeights(reader: BoundedReader, wireType: number): void {
    const weights = (this.scoreWeights ??= new Float64Array(TARGET_COUNT));
    readFields(reader, wireType, (field, type) => {
      reader.countEmptyField();
      const target = TARGETS.findIndex((name) => ScoreWeights[name] === field);
      if (target < 0) {
        reader.skipType(type);
        return;
      }
      expectWireType(type, WIRE_TYPE.fixed32);
      if (reader.pos + FLOAT_BYTES > reader.len)
        throw new RangeError('a weight passes the end of the message');
      weights[target] = reader.float();
    });
  }
}

function invalid(field: string, problem: string): PairstreamError {
  return new PairstreamError('INVALID_REQUEST', `${field}: ${problem}`, { field });
}
