import { FIELD_NUMBER, WIRE_TYPE } from '@pairstream/client/wire';
import { TOKEN_BYTES } from '../../../feedback/tokens/token-codec.js';

/** Tag of PredictResponse.feedback_token as a varint of two bytes. */
const TAG = (FIELD_NUMBER.PredictResponse.feedbackToken << 3) | WIRE_TYPE.bytes;
const TAG_LOW = (TAG & 0x7f) | 0x80;
const TAG_HIGH = TAG >>> 7;
/** Tag and length of a token. */
const HEAD_BYTES = 3;

/** The encoded field feedback_token of an answer, with room for the tokens: they are written where they are sent from. */
export interface TokenColumn {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Position in `bytes` of the token of each answered pair. */
  readonly offsets: Uint32Array;
}

/**
 * Lays out the tokens of an answer.
 * @param answered pairs that get a token, in the order of the column
 * @param pairCount pairs of the request, if the column has one entry for each of them: those that are not in `answered`, which must
 *   ascend, get an empty entry. Undefined: the column has the entries of `answered` alone
 */
export function layOutTokens(answered: Uint32Array, pairCount = answered.length): TokenColumn {
  const isWhole = pairCount === answered.length;
  const bytes = new Uint8Array(pairCount * HEAD_BYTES + answered.length * TOKEN_BYTES);
  const offsets = new Uint32Array(answered.length);
  let at = 0;
  let next = 0;
  for (let entry = 0; entry < pairCount; entry += 1) {
    const hasToken = isWhole || answered[next] === entry;
    bytes[at] = TAG_LOW;
    bytes[at + 1] = TAG_HIGH;
    at += HEAD_BYTES;
    if (!hasToken) continue;
    bytes[at - 1] = TOKEN_BYTES;
    offsets[next] = at;
    at += TOKEN_BYTES;
    next += 1;
  }
  return { bytes, offsets };
}
