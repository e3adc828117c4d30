import type { PredictOutput } from './predict-input.js';
import type { ServerError } from './server-error.js';

/** One answer of `predictStream` or `feedback`. */
export interface StreamAnswer<O = PredictOutput> {
  /** Position of the request among those of the source, from 0. */
  readonly index: number;
  /** The result, or why this one request was refused: by the server, or by this client before it was sent. */
  readonly output: O | ServerError;
}

/** Merges the server's answers of one stream with the answers to requests that this client refuses. */
export class StreamAnswers<O> {
  private readonly refused: StreamAnswer<O>[] = [];
  /** The server's next answer, or its end. */
  private arrived: IteratorResult<StreamAnswer<O>, void> | undefined;
  private failure: { readonly error: unknown } | undefined;
  private isPulling = false;
  private wake: () => void = () => undefined;

  /** Adds the answer to a request that is not sent. */
  refuse(index: number, output: ServerError): void {
    this.refused.push({ index, output });
    this.wake();
  }

  /**
   * Yields all answers as they come. Pulls an answer from the server only when the caller asks for one.
   * @param server the server's answers; ended when this generator ends
   * @param cancel makes a pending `next` of `server` fail
   * @throws what `server` throws
   */
  async *mergedWith(
    server: AsyncGenerator<StreamAnswer<O>, void>,
    cancel: () => void,
  ): AsyncGenerator<StreamAnswer<O>, void> {
    try {
      for (;;) {
        const answer = this.refused.shift() ?? this.takeArrived();
        if (answer !== undefined) yield answer;
        else if (this.failure !== undefined) throw this.failure.error;
        else if (this.arrived?.done === true) return;
        else await this.nextOf(server);
      }
    } finally {
      // `return` waits for a pending `next`, which may never settle without the cancel.
      cancel();
      await server.return();
    }
  }

  private takeArrived(): StreamAnswer<O> | undefined {
    if (this.arrived === undefined || this.arrived.done === true) return undefined;
    const { value } = this.arrived;
    this.arrived = undefined;
    return value;
  }

  /** Waits for an answer of either kind, or the end. */
  private nextOf(server: AsyncGenerator<StreamAnswer<O>, void>): Promise<void> {
    const isAwake = new Promise<void>((resolve) => {
      this.wake = resolve;
    });
    if (!this.isPulling) void this.pull(server);
    return isAwake;
  }

  private async pull(server: AsyncGenerator<StreamAnswer<O>, void>): Promise<void> {
    this.isPulling = true;
    try {
      this.arrived = await server.next();
    } catch (error) {
      this.failure = { error };
    }
    this.isPulling = false;
    this.wake();
  }
}
