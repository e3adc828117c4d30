import { PairstreamError } from '../../../errors/pairstream-error.js';

/** Time that a message has to arrive even if others need its memory, milliseconds. */
const GRACE_MS = 1_000;

/** Delay before a refused caller tries again, milliseconds. */
const RETRY_AFTER_MS = 200;

/** A call of which a part of a message has arrived. */
export interface ReceivingCall {
  /** True while the gateway does not read the call, because earlier messages or answers of the call wait. */
  readonly isPaused: boolean;
  /** Number of the message in its call, from 1. */
  readonly messageNumber: number;
  /** Ends the call and gives its bytes back. */
  refuse(error: PairstreamError): void;
}

/** Messages of which a part has arrived, over all calls. Ends the calls of messages that are not finished in time. */
export class UnfinishedMessages {
  /** Time of the first byte by call, oldest first: a Map keeps the order of its entries. */
  private readonly begunMs = new Map<ReceivingCall, number>();
  private timer: NodeJS.Timeout | undefined;

  /** @param limitMs longest time from the first byte of a message to its last */
  constructor(private readonly limitMs: number) {}

  /** The first part of a message has arrived. */
  begin(call: ReceivingCall): void {
    this.begunMs.delete(call);
    this.begunMs.set(call, performance.now());
    this.arm();
  }

  /** The last byte of the message has arrived, or its call has ended. */
  end(call: ReceivingCall): void {
    this.begunMs.delete(call);
  }

  /**
   * Ends the oldest unfinished message, so that its memory can be used.
   * @param except a call that is not ended
   * @returns false if every other message began within the last second
   */
  endOldest(except: ReceivingCall): boolean {
    for (const [call, begunMs] of this.begunMs) {
      if (call === except) continue;
      const ageMs = performance.now() - begunMs;
      if (ageMs < GRACE_MS) return false;
      this.begunMs.delete(call);
      const message = `message ${call.messageNumber}: not finished ${Math.round(ageMs)} ms after its first byte, and others need its memory; try again in ${RETRY_AFTER_MS} ms`;
      call.refuse(new PairstreamError('BUSY', message, { retryAfterMs: RETRY_AFTER_MS }));
      return true;
    }
    return false;
  }

  private arm(): void {
    const [oldestMs] = this.begunMs.values();
    if (this.timer !== undefined || oldestMs === undefined) return;
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        this.endLate();
        this.arm();
      },
      Math.max(0, oldestMs + this.limitMs - performance.now()),
    );
    this.timer.unref();
  }

  private endLate(): void {
    const nowMs = performance.now();
    for (const [call, begunMs] of this.begunMs) {
      if (nowMs - begunMs < this.limitMs) return;
      // A caller cannot send what the gateway does not read.
      if (call.isPaused) {
        this.begin(call);
        continue;
      }
      this.begunMs.delete(call);
      const message = `message ${call.messageNumber}: not finished ${this.limitMs} ms after its first byte (PAIRSTREAM_MAX_RECEIVE_MS); send whole messages`;
      call.refuse(new PairstreamError('DEADLINE_EXCEEDED', message));
    }
  }
}
