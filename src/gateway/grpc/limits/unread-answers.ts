import { constants, type ServerHttp2Stream } from 'node:http2';
import { ThreadLevel } from '../../../concurrency/thread-level.js';

interface UnreadAnswer {
  readonly stream: ServerHttp2Stream;
  readonly byteCount: number;
}

/**
 * Bound on the bytes of answers that callers have not read yet, over all calls and threads. Above the bound, the thread that adds an
 * answer resets its calls with the oldest unread answers. A request of 1.2 MB with invalid rows has an answer of 12 MB: without the bound, 100 callers that
 * do not read held 1.7 GB.
 */
export class UnreadAnswers {
  /** Oldest first: a Set keeps the order of its entries. */
  private readonly answers = new Set<UnreadAnswer>();
  private readonly answersOfCall = new Map<ServerHttp2Stream, Set<UnreadAnswer>>();

  /**
   * @param limitBytes most bytes held at a time
   * @param onReset called for each call that is reset
   * @param level bytes held by all threads together. Default: by this object alone
   */
  constructor(
    private readonly limitBytes: number,
    private readonly onReset: () => void,
    private readonly level = ThreadLevel.alone(),
  ) {}

  /** Bytes held now in this thread. */
  get heldBytes(): number {
    return this.level.own;
  }

  /**
   * Counts the bytes of an answer until the answer is released or its call ends. Above the bound, resets the calls with the
   * oldest answers.
   * @returns function that releases the bytes, to be called when the answer has left the process
   */
  hold(stream: ServerHttp2Stream, byteCount: number): () => void {
    if (stream.destroyed) return () => undefined;
    const answer = { stream, byteCount };
    this.answers.add(answer);
    this.level.own += byteCount;
    const ofCall = this.answersOfCall.get(stream);
    if (ofCall === undefined) {
      this.answersOfCall.set(stream, new Set([answer]));
      stream.once('close', () => this.endCall(stream));
    } else ofCall.add(answer);
    this.makeRoom();
    return () => {
      this.answersOfCall.get(stream)?.delete(answer);
      this.remove(answer);
    };
  }

  private makeRoom(): void {
    for (const { stream } of this.answers) {
      if (this.level.total <= this.limitBytes) return;
      this.endCall(stream);
      this.onReset();
      stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      // Frees the answers at once: a stream that is only closed keeps them until its peer reads.
      stream.destroy();
    }
  }

  private endCall(stream: ServerHttp2Stream): void {
    for (const answer of this.answersOfCall.get(stream) ?? []) this.remove(answer);
    this.answersOfCall.delete(stream);
  }

  private remove(answer: UnreadAnswer): void {
    if (this.answers.delete(answer)) this.level.own -= answer.byteCount;
  }
}
