import { status } from '@grpc/grpc-js';
import { ServerError } from './server-error.js';
import { shown } from './value-kinds.js';

/** Unanswered requests that an error names. */
const MAX_NAMED = 8;

/** Requests that are taken from the source and not answered, by sequence number. */
export class InFlightWindow {
  private readonly sequences = new Set<number>();
  private nextSequence = 0;
  private isClosed = false;
  private wake: (() => void) | undefined;

  /** @throws ServerError INVALID_REQUEST for a bound that is no integer of 1 or more, and not Infinity */
  constructor(private readonly maxCount: number) {
    const isBound = Number.isInteger(maxCount) || maxCount === Infinity;
    if (isBound && maxCount >= 1) return;
    const expected = 'expected an integer of at least 1, or Infinity for no bound';
    throw ServerError.ofRequest('maxInFlight', `maxInFlight: ${shown(maxCount)}, ${expected}`);
  }

  /** Waits for room. @returns the sequence number of the next request; undefined when the call is over */
  async enter(): Promise<number | undefined> {
    while (this.sequences.size >= this.maxCount && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.isClosed) return undefined;
    const sequence = this.nextSequence;
    this.nextSequence += 1;
    this.sequences.add(sequence);
    return sequence;
  }

  /** A request is answered. @throws ServerError INTERNAL if the request is not in flight */
  leave(sequence: number): void {
    if (!this.sequences.delete(sequence)) {
      const problem = sequence < this.nextSequence ? 'twice' : 'although it was not sent';
      const message = `the server answers request ${sequence} ${problem}`;
      throw ServerError.ofTransport(status.INTERNAL, message);
    }
    this.wake?.();
  }

  /** @throws ServerError UNAVAILABLE if requests are left without an answer */
  checkEmpty(): void {
    const { sequences, nextSequence } = this;
    if (sequences.size === 0) return;
    const named = [...sequences].slice(0, MAX_NAMED).join(', ');
    const rest = sequences.size > MAX_NAMED ? ', ...' : '';
    const message = `the server ended the stream with ${sequences.size} of ${nextSequence} requests unanswered: index ${named}${rest}`;
    throw ServerError.ofTransport(status.UNAVAILABLE, message);
  }

  close(): void {
    this.isClosed = true;
    this.wake?.();
  }
}
