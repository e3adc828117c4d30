import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { type LoadReport, loadReportSchema } from '../../src/loadtest/result/load-report.js';
import type { StepResult } from '../../src/loadtest/result/step-result.js';
import { drawLoadPage } from '../../src/offline/charts/load-page.js';
import { QueueingGateway } from '../support/loadtest/queueing-gateway.js';
import { VirtualClock } from '../support/loadtest/virtual-clock.js';
import { runVirtualStep } from '../support/loadtest/virtual-step.js';

async function stepOf(messagesPerS: number, serviceMs: number): Promise<StepResult> {
  const clock = new VirtualClock();
  const shape = { loop: 'open', arrivals: 'constant', messagesPerS } as const;
  return runVirtualStep(clock, new QueueingGateway(clock, { serviceMs }), {
    shape,
    timeoutMs: 50,
    durationMs: 2_000,
  });
}

function reportOf(steps: StepResult[]): LoadReport {
  return loadReportSchema.parse({
    formatVersion: 1,
    startedAt: '2026-01-02T03:04:05.000Z',
    target: 'a<b>&c:1',
    gateway: null,
    settings: {
      transport: 'unary',
      mix: [{ pairCount: 10, share: 1 }],
      oneReader: false,
      callerShares: [1],
      streamsPerCaller: 1,
      timeoutMs: 50,
      seed: 1,
    },
    best: { inFlight: 4, messagesPerS: 12, pairsPerS: 120 },
    steps,
  });
}

function countOf(page: string, text: string): number {
  return page.split(text).length - 1;
}

describe('drawLoadPage', () => {
  it('has a line of latencies and a row per measurement, a point per open loop, and escaped texts', async () => {
    const page = drawLoadPage(reportOf([await stepOf(100, 2), await stepOf(100, 11)]));
    const { document } = parseHTML(page);
    const headings: Iterable<{ readonly textContent: string | null }> = document.querySelectorAll('h1, h2');
    expect(Array.from(headings, ({ textContent }) => textContent)).toEqual([
      'Load test of a<b>&c:1',
      'Latency by percentile',
      'Goodput by offered rate',
      'Details',
    ]);
    expect(countOf(page, '<tr>')).toBe(3);
    expect(countOf(page, 'stroke-width="2"')).toBe(2);
    expect(countOf(page, '<circle')).toBe(2);
    expect(page).toContain('best rate: 120 pairs/s');
    expect(page).not.toMatch(/<b>|NaN|undefined|<script/);
  });

  it('has no chart of goodput for one measurement, and none at all without an answer', async () => {
    const step = await stepOf(100, 2);
    expect(countOf(drawLoadPage(reportOf([step])), '<svg ')).toBe(1);
    expect(countOf(drawLoadPage(reportOf([{ ...step, latencyMs: null }])), '<svg ')).toBe(0);
  });
});
