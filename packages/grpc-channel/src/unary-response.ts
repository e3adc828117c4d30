import { status } from './status-code.js';
import { GrpcStatusError } from './grpc-status.js';
import { PREFIX_BYTES } from './message-buffers.js';

/** Collects the one message of a response from its chunks (gRPC over HTTP/2, "Length-Prefixed-Message"). */
export class UnaryResponse {
  private readonly prefix = Buffer.alloc(PREFIX_BYTES);
  private prefixLength = 0;
  private filledLength = 0;
  private body: Buffer | undefined;

  /**
   * @param maxBytes maximum length of the message
   * @param allocate allocates memory for the message
   */
  constructor(
    private readonly maxBytes: number,
    private readonly allocate: (byteLength: number) => Buffer,
  ) {}

  /** Memory of the message; undefined before the length is known. */
  get buffer(): Buffer | undefined {
    return this.body;
  }

  /** Adds bytes of the response. @throws GrpcStatusError RESOURCE_EXHAUSTED, INTERNAL */
  add(chunk: Buffer): void {
    let at = 0;
    if (this.body === undefined) {
      at = chunk.copy(this.prefix, this.prefixLength, 0);
      this.prefixLength += at;
      if (this.prefixLength < PREFIX_BYTES) return;
      this.body = this.allocate(messageLength(this.prefix, this.maxBytes));
    }
    const rest = chunk.byteLength - at;
    if (rest > this.body.byteLength - this.filledLength)
      throw new GrpcStatusError(status.INTERNAL, 'the server answers with more than one message');
    chunk.copy(this.body, this.filledLength, at);
    this.filledLength += rest;
  }

  /** Returns the complete message. @throws GrpcStatusError INTERNAL if it is missing or incomplete */
  take(): Buffer {
    if (this.body !== undefined && this.filledLength === this.body.byteLength) return this.body;
    throw new GrpcStatusError(status.INTERNAL, 'the server says OK without a whole message');
  }
}

/**
 * Parses the prefix of a message.
 * @param maxBytes maximum length of the message
 * @returns length of the message, bytes
 * @throws GrpcStatusError RESOURCE_EXHAUSTED; INTERNAL for a compressed message
 */
export function messageLength(prefix: Buffer, maxBytes: number): number {
  if (prefix[0] !== 0)
    throw new GrpcStatusError(status.INTERNAL, 'the server answers with a compressed message');
  const byteLength = prefix.readUInt32BE(1);
  if (byteLength <= maxBytes) return byteLength;
  throw new GrpcStatusError(
    status.RESOURCE_EXHAUSTED,
    `Received message larger than max (${byteLength} vs ${maxBytes})`,
  );
}
