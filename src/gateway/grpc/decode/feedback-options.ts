import { PairstreamError } from '../../../errors/pairstream-error.js';
import { FIELD_NUMBER, WIRE_TYPE } from '@pairstream/client/wire';
import type { BoundedReader } from './columns/bounded-reader.js';
import { expectWireType } from './columns/field-reading.js';

const { FeedbackOptions: FIELD } = FIELD_NUMBER;

/** Decoded feedback options of one request. */
export class FeedbackOptions {
  tokens = false;
  remember = false;
  shown = false;
  tokensOnly = false;

  /** Decodes one field of the options. @throws RangeError for malformed bytes */
  readField(reader: BoundedReader, field: number, wireType: number): void {
    reader.countEmptyField();
    switch (field) {
      case FIELD.tokens:
        this.tokens = readBool(reader, wireType);
        return;
      case FIELD.remember:
        this.remember = readBool(reader, wireType);
        return;
      case FIELD.shown:
        this.shown = readBool(reader, wireType);
        return;
      case FIELD.tokensOnly:
        this.tokensOnly = readBool(reader, wireType);
        return;
      default:
        reader.skipType(wireType);
    }
  }

  /** True if the answer has tokens. */
  get hasTokens(): boolean {
    return this.tokens || this.tokensOnly;
  }

  /** True if any option is set. */
  get isUsed(): boolean {
    return this.hasTokens || this.remember || this.shown;
  }

  /**
   * Checks the options against the other options of the request.
   * @throws PairstreamError INVALID_REQUEST for tokens_only with options that need scores
   */
  check(others: { readonly scoreWeights: unknown; readonly explain: boolean }): void {
    if (!this.tokensOnly) return;
    const field = 'options.feedback.tokens_only';
    const other =
      others.scoreWeights !== undefined ? 'score_weights' : others.explain ? 'explain' : undefined;
    if (other === undefined) return;
    const message = `${field}: true with options.${other}, expected one of them: no model runs with tokens_only`;
    throw new PairstreamError('INVALID_REQUEST', message, { field });
  }
}

function readBool(reader: BoundedReader, wireType: number): boolean {
  expectWireType(wireType, WIRE_TYPE.varint);
  return reader.bool();
}
