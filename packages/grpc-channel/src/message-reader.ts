import { PREFIX_BYTES } from './message-buffers.js';
import { messageLength } from './unary-response.js';

/** Cuts the bytes of a response into its messages (gRPC over HTTP/2, "Length-Prefixed-Message"). */
export class MessageReader {
  private readonly prefix = Buffer.alloc(PREFIX_BYTES);
  private prefixLength = 0;
  private filledLength = 0;
  private body: Buffer | undefined;

  /** @param maxBytes maximum length of a message, bytes */
  constructor(private readonly maxBytes: number) {}

  /** True between two messages. */
  get isBetween(): boolean {
    return this.prefixLength === 0;
  }

  /**
   * Adds bytes, and yields the messages that they complete.
   * @throws GrpcStatusError RESOURCE_EXHAUSTED for a message that is too long, INTERNAL for a compressed one
   */
  *add(chunk: Buffer): Generator<Buffer, void, undefined> {
    let at = 0;
    while (at < chunk.byteLength) {
      if (this.body === undefined) {
        const count = chunk.copy(this.prefix, this.prefixLength, at);
        at += count;
        this.prefixLength += count;
        if (this.prefixLength < PREFIX_BYTES) return;
        this.body = Buffer.allocUnsafe(messageLength(this.prefix, this.maxBytes));
      }
      const count = chunk.copy(this.body, this.filledLength, at);
      at += count;
      this.filledLength += count;
      if (this.filledLength < this.body.byteLength) continue;
      yield this.take(this.body);
    }
  }

  private take(message: Buffer): Buffer {
    this.body = undefined;
    this.prefixLength = 0;
    this.filledLength = 0;
    return message;
  }
}
