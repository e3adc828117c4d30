import protobuf from 'protobufjs/minimal.js';
import type { WordpieceTokenizer } from '../../features/text/wordpiece-tokenizer.js';
import { WIRE_TYPE } from '@pairstream/client/wire';
import { expectUtf8, readLength, refuseRow } from './field-reading.js';
import { withRoom } from '../../pairs/column-growth.js';

/** Longest text of one tweet, bytes of UTF-8: many times what a tweet may hold. */
export const LONGEST_TEXT_BYTES = 65_536;

/** A repeated string that is cut into wordpieces where it lies in the message. */
export class TextColumn {
  /** Tokens of text t: tokens[offset[t] .. offset[t + 1]). */
  offset = new Uint32Array(1);
  tokens = new Uint32Array(0);
  count = 0;
  /** Where the length prefix of each text is in the message. */
  private positions = new Uint32Array(0);
  private bytes: Uint8Array = new Uint8Array(0);
  /** Problems of invalid entries, by index; such entries have no tokens. */
  readonly problems = new Map<number, string>();

  /** @param maxCount more entries are refused @param tokenizer shared: it is not kept from one call to the next */
  constructor(
    private readonly field: string,
    private readonly maxCount: number,
    private readonly tokenizer: WordpieceTokenizer,
  ) {}

  /** @throws PairstreamError MESSAGE_TOO_LARGE past maxCount; INVALID_REQUEST for bytes that are no UTF-8 */
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

  /** Text `index` as bytes of the message, which the caller must not modify; empty for a text that has a problem. */
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
