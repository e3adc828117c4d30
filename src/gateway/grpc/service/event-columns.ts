import { PairstreamError } from '../../../errors/pairstream-error.js';
import { IMPRESSION } from '../../../feedback/events/event-record.js';
import { PREDICTION_ID_BYTES } from '../../../feedback/tokens/served-pairs.js';
import type { ClockReading } from '../../../pairs/server-clock.js';
import { CLOCK_SKEW_S, isUnixTime, LATEST_TIME_S, unitHint } from '../../../pairs/unix-time.js';
import { TARGET_COUNT } from '../../../pairs/targets.js';
import type { FeedbackRequestReader } from '../decode/feedback-request-reader.js';

/** Number of pairstream.v1.EventKind of an impression; the targets follow it in their order. */
const IMPRESSION_CODE = 1;
const KINDS = '1 (impression), 2 (reply), 3 (retweet), 4 (quote) or 5 (like)';

/**
 * Number of events of a request, after a check of the lengths of its columns.
 * @throws PairstreamError INVALID_REQUEST
 */
export function countEvents({ tokens, predictionId, pairIndex, kind, timeS }: FeedbackRequestReader): number {
  if (tokens.count > 0 && (predictionId !== undefined || pairIndex.count > 0))
    throw invalidRequest('token', 'comes beside prediction_id or pair_index, expected one way to name pairs');
  if (predictionId === undefined && pairIndex.count > 0)
    throw invalidRequest('pair_index', 'comes without prediction_id, expected both or neither');
  if (predictionId !== undefined && predictionId.length !== PREDICTION_ID_BYTES)
    throw invalidRequest(
      'prediction_id',
      `${predictionId.length} bytes, expected the ${PREDICTION_ID_BYTES} of PredictResponse.prediction_id`,
    );
  const names = predictionId === undefined ? tokens : pairIndex;
  const field = predictionId === undefined ? 'token' : 'pair_index';
  if (names.count === 0) throw invalidRequest(field, '0 entries, expected 1 or more: one per event');
  if (kind.count !== 1 && kind.count !== names.count)
    throw invalidRequest('kind', `${kind.count} entries, expected ${either([1], names.count)}`);
  if (timeS.count > 1 && timeS.count !== names.count)
    throw invalidRequest('time_s', `${timeS.count} entries, expected ${either([0, 1], names.count)}`);
  return names.count;
}

function either(few: readonly number[], eventCount: number): string {
  return `${few.join(', ')} or ${eventCount}, one per event`;
}

/** Number of the kind of each event in pairstream.v1.EventKind; 0 for a kind that does not exist. */
export function kindCodes({ kind }: FeedbackRequestReader, eventCount: number): Uint8Array {
  const codes = new Uint8Array(eventCount);
  for (let event = 0; event < eventCount; event += 1) {
    const code = kind.data[kind.count === 1 ? 0 : event]!;
    codes[event] = code <= IMPRESSION_CODE + TARGET_COUNT ? code : 0;
  }
  return codes;
}

/** Kind of an event. @throws PairstreamError INVALID_EVENT */
export function kindAt({ kind }: FeedbackRequestReader, event: number): number {
  const entry = kind.count === 1 ? 0 : event;
  const code = kind.data[entry]!;
  if (code === IMPRESSION_CODE) return IMPRESSION;
  const target = code - IMPRESSION_CODE - 1;
  if (target >= 0 && target < TARGET_COUNT) return target;
  const seen = code === 0 ? '0 (unspecified)' : String(kind.codesAsSent?.get(entry) ?? code);
  throw invalidEvent(`kind[${entry}]`, `${seen}, expected ${KINDS}`);
}

/**
 * Time of an event, Unix seconds. An event without a time has the server's time, or the time of its prediction if the server's clock
 * went back since.
 * @param now the server's clock
 * @throws PairstreamError INVALID_EVENT
 */
export function timeAt(
  { timeS }: FeedbackRequestReader,
  event: number,
  { nowS, newestS }: ClockReading,
  predictedAtS: number,
): number {
  const entry = timeS.count === 1 ? 0 : event;
  const field = timeS.count === 0 ? 'time_s' : `time_s[${entry}]`;
  const serverS = Math.max(nowS, Math.min(newestS, predictedAtS));
  const value = timeS.count === 0 ? serverS : timeS.data[entry]!;
  const seen = timeS.count === 0 ? `${value} (the server's clock)` : `${value}`;
  if (!isUnixTime(value)) {
    const problem = `${value}${unitHint(value)}, expected Unix seconds from 0 to ${LATEST_TIME_S}`;
    throw invalidEvent(field, problem);
  }
  if (timeS.count > 0 && value > nowS + CLOCK_SKEW_S)
    throw invalidEvent(
      field,
      `${value}, expected at most ${nowS + CLOCK_SKEW_S}: ${CLOCK_SKEW_S} s after the server's clock`,
    );
  if (value < predictedAtS - CLOCK_SKEW_S)
    throw invalidEvent(
      field,
      `${seen}, expected at least ${predictedAtS - CLOCK_SKEW_S}: ${CLOCK_SKEW_S} s before the prediction`,
    );
  return value;
}

function invalidRequest(field: string, problem: string): PairstreamError {
  return new PairstreamError('INVALID_REQUEST', `${field}: ${problem}`, { field });
}

function invalidEvent(field: string, problem: string): PairstreamError {
  return new PairstreamError('INVALID_EVENT', `${field}: ${problem}`, { field });
}
