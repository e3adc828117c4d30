import { PairstreamError } from '../../../errors/pairstream-error.js';
import { keySchemeOf } from '../../../feedback/events/pair-record.js';
import type { Feedback } from '../../../feedback/feedback.js';
import {
  describeTokenProblem,
  TOKEN_PROBLEM,
  TOKEN_RECORD_AT,
} from '../../../feedback/tokens/token-codec.js';
import type { ServedPrediction } from '../../../feedback/tokens/served-pairs.js';
import type { FeedbackRequestReader } from '../decode/feedback-request-reader.js';

/** The pairs that the events of a request name. */
export interface NamedPairs {
  /** Bytes that hold the pair records. */
  readonly records: Uint8Array;
  /** Offset of the record of the pair of an event in `records`. @throws PairstreamError the reason why the event has no pair */
  readonly offsetOf: (event: number) => number;
}

/** Finds the pairs that a request names by tokens or by a prediction. @param bytes of the request, whose columns were checked */
export async function findPairs(
  reader: FeedbackRequestReader,
  bytes: Uint8Array,
  feedback: Feedback,
): Promise<NamedPairs> {
  const { predictionId } = reader;
  if (predictionId === undefined) return pairsOfTokens(reader, bytes, feedback);
  return pairsOfPrediction(reader, predictionId, await feedback.findServed(predictionId));
}

function pairsOfTokens({ tokens }: FeedbackRequestReader, bytes: Uint8Array, feedback: Feedback): NamedPairs {
  const { offsets, lengths, count } = tokens;
  const problems = new Uint8Array(count);
  feedback.tokens.check(bytes, offsets, lengths, count, problems);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    records: bytes,
    offsetOf(event) {
      const at = offsets[event]!;
      const field = `token[${event}]`;
      if (problems[event] !== TOKEN_PROBLEM.none) {
        const problem = describeTokenProblem(problems[event]!, bytes, at, lengths[event]!);
        throw new PairstreamError('FEEDBACK_TOKEN_INVALID', `${field}: ${problem}`, { field });
      }
      const scheme = keySchemeOf(view, at + TOKEN_RECORD_AT);
      if (scheme === feedback.keyScheme) return at + TOKEN_RECORD_AT;
      const problem = `key scheme ${scheme}, expected ${feedback.keyScheme}: a token of a gateway with the same vocabulary`;
      throw new PairstreamError('FEEDBACK_TOKEN_FOREIGN', `${field}: ${problem}`, { field });
    },
  };
}

function pairsOfPrediction(
  { pairIndex }: FeedbackRequestReader,
  predictionId: Uint8Array,
  prediction: ServedPrediction | undefined,
): NamedPairs {
  return {
    records: prediction?.records ?? new Uint8Array(0),
    offsetOf(event) {
      if (prediction === undefined) {
        const id = Buffer.from(predictionId).toString('hex');
        const problem = `${id} is not remembered, expected an id of a recent answer of this gateway`;
        throw new PairstreamError('NOT_FOUND', `prediction_id: ${problem}`, { field: 'prediction_id' });
      }
      const pair = pairIndex.data[event]!;
      const offset = prediction.offsetOf(pair);
      if (offset >= 0) return offset;
      const field = `pair_index[${event}]`;
      const problem = `${pair}, expected a pair of the prediction that was answered`;
      throw new PairstreamError('NOT_FOUND', `${field}: ${problem}`, { field });
    },
  };
}
