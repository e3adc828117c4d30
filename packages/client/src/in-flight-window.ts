import { status } from '@pairstream/grpc-channel';
import { ServerError } from './server-error.js';
import { shown } from './value-kinds.js';

/** Maximum number of unanswered requests that an error names. */
const MAX_NAMED = 8;

/**
 * Requests of one call that were taken from the source and are not answered yet, by sequence number. S is what the client keeps of
 * each to check its answer.
 */
export class InFlightWindow<S> {
  private readonly shapes = new Map<number, S>();
  private nextSequence = 0;
  private isClosed = false;
  private wake: (() => void) | undefined;

  /**
   * @param maxCount maximum number of requests in flight: an integer of at least 1, or Infinity
   * @throws ServerError INVALID_REQUEST for any other bound
   */
  constructor(private readonly maxCount: number) {
    const isBound = Number.isInteger(maxCount) || maxCount === Infinity;
    if (isBound && maxCount >= 1) return;
    const expected = 'an integer of at least 1, or Infinity for no bound';
    throw ServerError.ofValue('maxInFlight', shown(maxCount), expected);
  }

  /**
   * Waits for room.
   * @param shape that the answer to the request must have
   * @returns the sequence number of the next request; undefined when the call is over
   */
  async enter(shape: S): Promise<number | undefined> {
    while (this.shapes.size >= this.maxCount && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.isClosed) return undefined;
    const sequence = this.nextSequence;
    this.nextSequence += 1;
    this.shapes.set(sequence, shape);
    return sequence;
  }

  /**
   * Marks a request as answered.
   * @returns the shape that its answer must have
   * @throws ServerError INTERNAL if the request is not in flight
   */
  leave(sequence: number): S {
    const shape = this.shapes.get(sequence);
    if (shape === undefined) {
      const problem = sequence < this.nextSequence ? 'twice' : 'although it was not sent';
      const message = `the server answers request ${sequence} ${problem}`;
      throw ServerError.ofTransport(status.INTERNAL, message);
    }
    this.shapes.delete(sequence);
    this.wake?.();
    return shape;
  }

  /** @throws ServerError UNAVAILABLE if requests are left without an answer */
  checkEmpty(): void {
    const { shapes, nextSequence } = this;
    if (shapes.size === 0) return;
    const named = [...shapes.keys()].slice(0, MAX_NAMED).join(', ');
    const rest = shapes.size > MAX_NAMED ? ', ...' : '';
    const message = `the server ended the stream with ${shapes.size} of ${nextSequence} requests unanswered: index ${named}${rest}`;
    throw ServerError.ofTransport(status.UNAVAILABLE, message);
  }

  /** Ends the call: `enter` returns undefined from now on. */
  close(): void {
    this.isClosed = true;
    this.wake?.();
  }
}
