import type { ClientHttp2Stream } from 'node:http2';
import { status } from './status-code.js';
import { GrpcStatusError } from './grpc-status.js';
import { PREFIX_BYTES } from './message-buffers.js';

/** Sends the requests of one stream, as fast as flow control allows. */
export class RequestSender {
  /** True after the last request was passed to the connection. */
  isDone = false;
  private isOver = false;
  private wake: () => void = () => undefined;

  /** @param maxBytes maximum length of a message, bytes */
  constructor(
    private readonly stream: ClientHttp2Stream,
    private readonly maxBytes: number,
  ) {
    // One listener per event for the whole call: a listener per wait would accumulate under back-pressure.
    stream.on('drain', () => this.wake());
    for (const event of ['aborted', 'end', 'close'])
      stream.on(event, () => {
        this.isOver = true;
        this.wake();
      });
  }

  /**
   * Resolves when all requests are sent, or the call has ended.
   * @throws GrpcStatusError RESOURCE_EXHAUSTED for a message that is too large; errors of the source of the requests
   */
  async send(requests: AsyncIterable<Buffer>): Promise<void> {
    for await (const request of requests) {
      if (this.isOver) return;
      if (!this.write(request)) await this.drained();
      if (this.isOver) return;
    }
    if (this.isOver) return;
    this.isDone = true;
    this.stream.end();
  }

  /** @returns false if the sender must wait for the connection */
  private write(request: Buffer): boolean {
    const { stream, maxBytes } = this;
    const { byteLength } = request;
    if (byteLength > maxBytes) {
      const text = `Attempted to send message larger than max (${byteLength} vs ${maxBytes})`;
      throw new GrpcStatusError(status.RESOURCE_EXHAUSTED, text);
    }
    const prefix = Buffer.alloc(PREFIX_BYTES);
    prefix.writeUInt32BE(byteLength, 1);
    stream.cork();
    stream.write(prefix);
    const isTaken = stream.write(request);
    stream.uncork();
    return isTaken;
  }

  private drained(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      if (this.isOver) resolve();
    });
  }
}
