import { describe, expect, it } from 'vitest';
import type { LoadShape } from '../../src/loadtest/load-settings.js';
import type { MessageCallers } from '../../src/loadtest/step-run.js';
import type { Outcome } from '../../src/loadtest/transport/outcome.js';
import { QueueingGateway } from '../support/loadtest/queueing-gateway.js';
import { VirtualClock } from '../support/loadtest/virtual-clock.js';
import { RATE, runVirtualStep } from '../support/loadtest/virtual-step.js';

/** A gateway that never answers. */
class SilentGateway implements MessageCallers {
  private readonly losses: (() => void)[] = [];

  draw(): number {
    return 0;
  }

  send(): Promise<Outcome> {
    return new Promise((resolve) => this.losses.push(() => resolve({ kind: 'lost', problem: 'silence' })));
  }

  endCalls(): void {
    for (const lose of this.losses) lose();
  }
}

describe('a measurement', () => {
  it('sends no more than its bound of messages in flight, and says so', async () => {
    const clock = new VirtualClock();
    const gateway = new QueueingGateway(clock, { serviceMs: 2, stall: { fromMs: 5_000, forMs: 500 } });
    const { arrived, inTime, unsent, lost, tool } = await runVirtualStep(clock, gateway, { maxInFlight: 20 });
    expect(arrived.messages).toBe(900);
    // 51 messages arrive from the begin of the stall until the first answer.
    expect(unsent).toBe(31);
    expect(inTime.messages).toBe(869);
    expect(lost).toBe(0);
    expect(tool.bottleneck).toMatch(/^31 messages were not sent, because --max-in-flight/);
  });

  it.each<[string, LoadShape, number]>([
    ['an open loop', { loop: 'open', arrivals: 'constant', messagesPerS: RATE }, 900],
    ['a closed loop', { loop: 'closed', inFlight: 3 }, 3],
  ])('of a gateway that never answers ends, and all messages are lost: %s', async (_name, shape, count) => {
    const clock = new VirtualClock();
    const changes = { shape, timeoutMs: 200, drainMs: 3_000, warmUpMs: shape.loop === 'open' ? 1_000 : 0 };
    const { arrived, lost, lostProblems, latencyMs, inTime } = await runVirtualStep(
      clock,
      new SilentGateway(),
      changes,
    );
    expect([arrived.messages, lost, inTime.messages]).toEqual([count, count, 0]);
    expect(lostProblems).toEqual([{ problem: 'silence', messages: count }]);
    expect(latencyMs).toBeNull();
  });
});
