import protobuf from 'protobufjs/minimal.js';
import type { WordpieceTokenizer } from '../../../../features/text/wordpiece-tokenizer.js';
import { WIRE_TYPE } from '@pairstream/client/wire';
import { expectUtf8, readLength, refuseRow } from './field-reading.js';
import { withRoom } from '../../../../pairs/column-growth.js';

/** Maximum length of one tweet's text, bytes of UTF-8: many times the limit of the platform. */
export const LONGEST_TEXT_BYTES = 65_536;

/** Decodes a repeated string into wordpieces, directly from the bytes of the message. */
export class TextColumn {
  /** Tokens of text t: tokens[offset[t] .. offset[t + 1]). */
  offset = new Uint32Array(1);
  tokens = new Uint32Array(0);
  count = 0;
  /** Position of each text's length prefix in the message. */
  private positions = new Uint32Array(0);
  private bytes: Uint8Array = new Uint8Array(0);
  /** Problems of invalid entries, by index. Invalid entries have no tokens. */
  readonly problems = new Map<number, string>();

  /** @param maxCount maximum number of entries @param tokenizer may be shared with other columns */
  constructor(
    private readonly field: string,
    private readonly maxCount: number,
    private readonly tokenizer: WordpieceTokenizer,
  ) {}

  /** @throws PairstreamError MESSAGE_TOO_LARGE for more than maxCount entries; INVALID_REQUEST for invalid UTF-8 */
  append(reader: protobuf.Reader, wireType: number): void {
    const position = reader.pos;
    const end = readLength(reader, wireType);
    const index = this.count;
    refuseRow(this.field, index, this.maxCount);
    expectUtf8(this.field, index, reader.buf, reader.pos, end);
    const byteLength = end - reader.pos;
    const from = this.offset[index]!;
    let tokenCount = 0;
    if (byteLength <= LONGEST_TEXT_BYTES) tokenCount = this.tokenize(reader.buf, reader.pos, end, from);
    else this.problems.set(index, `${byteLength} bytes, expected at most ${LONGEST_TEXT_BYTES}`);
    this.offset = withRoom(this.offset, index + 2, Uint32Array);
    this.offset[index + 1] = from + tokenCount;
    this.positions = withRoom(this.positions, index + 1, Uint32Array);
    this.positions[index] = position;
    this.bytes = reader.buf;
    this.count = index + 1;
    reader.pos = end;
  }

  /** Bytes of text `index`: a view of the message, not to be modified. Empty for an invalid text. */
  bytesAt(index: number): Buffer {
    if (this.problems.has(index)) return Buffer.alloc(0);
    const reader = new protobuf.Reader(this.bytes);
    reader.pos = this.positions[index]!;
    const end = readLength(reader, WIRE_TYPE.bytes);
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + reader.pos, end - reader.pos);
  }

  private tokenize(bytes: Uint8Array, from: number, to: number, at: number): number {
    const tokenCount = this.tokenizer.encode(bytes, from, to);
    this.tokens = withRoom(this.tokens, at + tokenCount, Uint32Array);
    const { tokens } = this.tokenizer;
    for (let i = 0; i < tokenCount; i += 1) this.tokens[at + i] = tokens[i]!;
    return tokenCount;
  }
}
