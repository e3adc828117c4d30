import type { MessageCallers } from '../../../src/loadtest/step-run.js';
import type { Outcome } from '../../../src/loadtest/transport/outcome.js';
import type { OutgoingMessage } from '../../../src/loadtest/transport/sender.js';
import type { VirtualClock } from './virtual-clock.js';

/** Behaviour of a fake gateway. Instants and durations are in virtual milliseconds. */
export interface QueueingOptions {
  readonly serviceMs: number;
  /** The gateway serves nothing from `fromMs` on, for `forMs`. */
  readonly stall?: { readonly fromMs: number; readonly forMs: number };
}

/** A gateway in virtual time that serves one message at a time, in order. */
export class QueueingGateway implements MessageCallers {
  private freeAtMs = 0;

  constructor(
    private readonly clock: VirtualClock,
    private readonly options: QueueingOptions,
  ) {}

  draw(): number {
    return 0;
  }

  async send(_caller: number, { pairCount }: OutgoingMessage): Promise<Outcome> {
    const { serviceMs, stall } = this.options;
    let startMs = Math.max(this.clock.nowMs(), this.freeAtMs);
    if (stall !== undefined && startMs >= stall.fromMs && startMs < stall.fromMs + stall.forMs)
      startMs = stall.fromMs + stall.forMs;
    this.freeAtMs = startMs + serviceMs;
    await this.clock.waitUntil(this.freeAtMs);
    return {
      kind: 'answered',
      scoredPairCount: pairCount,
      failedPairCount: 0,
      rung: 'full',
      isMissingModels: false,
    };
  }

  endCalls(): void {}
}
