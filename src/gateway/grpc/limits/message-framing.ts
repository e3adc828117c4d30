import { PairstreamError } from '../../../errors/pairstream-error.js';

/** Bytes before every gRPC message: the compressed flag and the length. */
export const FRAME_HEAD_BYTES = 5;

/** Follows the frames of a call through its chunks of bytes and checks the head of each message; keeps no bytes. */
export class MessageFraming {
  private readonly head = Buffer.alloc(FRAME_HEAD_BYTES);
  private headBytes = 0;
  private leftBytes = 0;
  private messageCount = 0;

  /**
   * @param maxMessageBytes of a message as it is on the wire
   * @param encoding of the header grpc-encoding
   */
  constructor(
    private readonly maxMessageBytes: number,
    private readonly encoding: string,
  ) {}

  /**
   * Follows a chunk.
   * @throws PairstreamError MESSAGE_TOO_LARGE; INVALID_REQUEST for a compressed flag that is invalid or has no encoding
   */
  receive(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.leftBytes > 0) {
        const taken = Math.min(this.leftBytes, chunk.length - at);
        this.leftBytes -= taken;
        at += taken;
      } else {
        this.head[this.headBytes] = chunk[at] ?? 0;
        this.headBytes += 1;
        at += 1;
        if (this.headBytes === FRAME_HEAD_BYTES) this.beginMessage();
      }
    }
  }

  /** Number of the unfinished message in its call, from 1; undefined between messages. */
  get unfinishedMessage(): number | undefined {
    if (this.headBytes > 0) return this.messageCount + 1;
    return this.leftBytes > 0 ? this.messageCount : undefined;
  }

  /**
   * To be called when the caller has sent everything.
   * @throws PairstreamError INVALID_REQUEST when the last message is not complete
   */
  end(): void {
    const number = this.unfinishedMessage;
    if (number === undefined) return;
    const problem =
      this.headBytes > 0
        ? `after ${this.headBytes} of the ${FRAME_HEAD_BYTES} bytes before a message`
        : `${this.leftBytes} bytes before the end of a message of ${this.head.readUInt32BE(1)}`;
    throw new PairstreamError(
      'INVALID_REQUEST',
      `message ${number}: the caller ended the call ${problem}; send whole messages`,
    );
  }

  private beginMessage(): void {
    this.headBytes = 0;
    this.messageCount += 1;
    this.leftBytes = this.head.readUInt32BE(1);
    const flag = this.head[0] ?? 0;
    // The gRPC specification asks for INTERNAL here; Pairstream keeps INTERNAL for faults of its own.
    if (flag > 1)
      throw new PairstreamError(
        'INVALID_REQUEST',
        `message ${this.messageCount}: compressed flag ${flag}, expected 0 or 1`,
      );
    if (flag === 1 && this.encoding === 'identity')
      throw new PairstreamError(
        'INVALID_REQUEST',
        `message ${this.messageCount}: compressed flag 1 without a compression in the header grpc-encoding; send gzip or deflate there, or flag 0`,
      );
    if (this.leftBytes > this.maxMessageBytes)
      throw new PairstreamError(
        'MESSAGE_TOO_LARGE',
        `message ${this.messageCount}: ${this.leftBytes} bytes, at most ${this.maxMessageBytes} are accepted; split the message`,
      );
  }
}
