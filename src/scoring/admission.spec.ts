import { describe, expect, it } from 'vitest';
import type { QueueEstimate } from './batching/batcher.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import { Admission, type RefusalReason } from './admission.js';

const BOUNDS = { maxInFlightPairs: 1_000, maxQueueMs: 5_000 };

interface Watched {
  readonly admission: Admission;
  readonly refusals: RefusalReason[];
}

function createAdmission(estimate: QueueEstimate | undefined): Watched {
  const refusals: RefusalReason[] = [];
  const observer = {
    inFlightPairs: () => undefined,
    requestRefused: (reason: RefusalReason) => refusals.push(reason),
  };
  return { admission: new Admission(BOUNDS, () => estimate, observer), refusals };
}

/** The error that a check throws; undefined if it throws none. */
function refusalOf(check: () => void): PairstreamError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return PairstreamError.from(error);
  }
}

describe('Admission.check', () => {
  // Estimated times count one and a half times at first.
  it.each<[string, QueueEstimate | undefined, number, number, RefusalReason | undefined, number?]>([
    ['a cold or idle gateway tries anything', undefined, 1_000, 1, undefined],
    ['no deadline, short queue', { queueMs: 5_000, serviceMs: 60_000 }, 100, Infinity, undefined],
    ['no deadline, long queue', { queueMs: 5_400, serviceMs: 10 }, 100, Infinity, 'queue', 400],
    ['enough time', { queueMs: 50, serviceMs: 10 }, 100, 90, undefined],
    ['too little time', { queueMs: 50, serviceMs: 10 }, 100, 60, 'deadline', 20],
    ['too little time for its own rows', { queueMs: 8, serviceMs: 500 }, 100, 100, 'deadline', 8],
    ['far too much work', { queueMs: 60_000, serviceMs: 10 }, 100, 100, 'queue', 10_000],
    ['one pair too many', { queueMs: 50, serviceMs: 10 }, 1_001, Infinity, 'in_flight', 25],
    ['one pair too many of an idle gateway', undefined, 1_001, Infinity, 'in_flight', 1],
  ])('%s', (_name, estimate, pairCount, leftMs, reason, retryAfterMs) => {
    const { admission, refusals } = createAdmission(estimate);
    const refusal = refusalOf(() => admission.check(pairCount, 7_000 + leftMs, 7_000));
    expect(refusal?.code).toBe(reason === undefined ? undefined : 'BUSY');
    expect(refusal?.retryAfterMs).toBe(retryAfterMs);
    expect(refusals).toEqual(reason === undefined ? [] : [reason]);
  });
});

describe('Admission', () => {
  it('counts pairs until they have left', () => {
    const { admission } = createAdmission(undefined);
    const admitted = admission.enter(600, Infinity, 0);
    expect(() => admission.enter(401, Infinity, 0)).toThrow('600 pairs are in flight and 401 more');
    expect(admission.inFlightPairCount).toBe(600);
    admission.leave(admitted, 10);
    expect(admission.inFlightPairCount).toBe(0);
  });

  it.each<[string, QueueEstimate | undefined, number, boolean]>([
    ['asks for more time after deadlines that were missed', { queueMs: 50, serviceMs: 10 }, 101, false],
    ['counts an answer at the last moment as missed', { queueMs: 50, serviceMs: 10 }, 95, false],
    ['asks for no more after answers in time', { queueMs: 50, serviceMs: 10 }, 80, true],
    ['learns nothing from a miss that was tried without an estimate', undefined, 101, true],
  ])('%s', (_name, estimate, answeredMs, isAdmitted) => {
    let current = estimate;
    const admission = new Admission(BOUNDS, () => current, {
      inFlightPairs: () => undefined,
      requestRefused: () => undefined,
    });
    for (let i = 0; i < 3; i += 1) admission.leave(admission.enter(100, 100, 0), answeredMs);
    current = { queueMs: 50, serviceMs: 10 };
    expect(refusalOf(() => admission.check(100, 95, 0)) === undefined).toBe(isAdmitted);
  });

  it('asks for less time again after many answers in time', () => {
    const { admission } = createAdmission({ queueMs: 50, serviceMs: 10 });
    for (let i = 0; i < 3; i += 1) admission.leave(admission.enter(1, 1_000, 0), 1_000);
    expect(() => admission.check(1, 95, 0)).toThrow('at the current load');
    for (let i = 0; i < 2_000; i += 1) admission.leave(admission.enter(1, 1_000, 0), 10);
    expect(() => admission.check(1, 80, 0)).not.toThrow();
  });
});
