import { describe, expect, it } from 'vitest';
import type { LoadStep } from '../../src/loadtest/load-settings.js';
import type { StepResult } from '../../src/loadtest/result/step-result.js';
import { QueueingGateway } from '../support/loadtest/queueing-gateway.js';
import { VirtualClock } from '../support/loadtest/virtual-clock.js';
import { runVirtualStep } from '../support/loadtest/virtual-step.js';

const SERVICE_MS = 2;
const STALL = { fromMs: 5_000, forMs: 500 };

/** Measures a gateway that stalls for 500 ms. */
function measure(changes: Partial<LoadStep> = {}): Promise<StepResult> {
  const clock = new VirtualClock();
  return runVirtualStep(clock, new QueueingGateway(clock, { serviceMs: SERVICE_MS, stall: STALL }), changes);
}

describe('a gateway that stalls for 500 ms', () => {
  it('shows in the percentiles of an open loop: each message that arrived meanwhile waited', async () => {
    const { arrived, inTime, latencyMs, offered, elapsedS } = await measure();
    expect(arrived).toEqual({ messages: 900, pairs: 9_000 });
    expect(inTime).toEqual(arrived);
    expect(elapsedS).toBe(9);
    expect(offered).toEqual({ messagesPerS: 100, pairsPerS: 1_000 });
    // Of 900 messages, 50 arrived during the stall. The first waited 500 ms; each later one 10 ms less, and 2 ms more in the queue.
    expect(latencyMs?.max).toBe(502);
    expect(latencyMs?.p50).toBe(SERVICE_MS);
    expect(latencyMs?.p99).toBeCloseTo(430, -1);
    expect(latencyMs?.p95).toBeGreaterThan(90);
  });

  it('makes messages late that have a deadline', async () => {
    const { inTime, late, goodput } = await measure({ timeoutMs: 100 });
    expect(late.messages).toBeGreaterThan(45);
    expect(inTime.messages + late.messages).toBe(900);
    expect(goodput.messagesPerS).toBeCloseTo(inTime.messages / 9, 9);
  });

  it('hides from a closed loop, which sends nothing meanwhile', async () => {
    const { latencyMs } = await measure({ shape: { loop: 'closed', inFlight: 1 } });
    expect(latencyMs).toMatchObject({ p50: SERVICE_MS, p99: SERVICE_MS, p99_9: SERVICE_MS });
    expect(latencyMs?.max).toBeGreaterThanOrEqual(500);
  });
});
