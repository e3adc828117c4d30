import { describe, expect, it } from 'vitest';
import type { ReplicaState } from '../../backends/backend.js';
import type { ReadinessState } from '../prediction/readiness.js';
import { mergeDrains, mergeModels, mergeReadiness, mergeReplicas, mergeStreams } from './merged-reports.js';

const READY: ReadinessState = { isReady: true, releaseId: 'r' };
const DEGRADED: ReadinessState = { ...READY, degraded: 'rung stage2, missing nn1' };
const WAITING: ReadinessState = { isReady: false, reason: 'the models are being loaded' };
const ALONE = { workerCount: 2, problems: [] };

describe('mergeReadiness', () => {
  it.each<[string, ReadinessState[], readonly (string | undefined)[], ReadinessState]>([
    ['all are ready', [READY, READY], [undefined], READY],
    ['one still loads', [READY, WAITING], [], WAITING],
    ['none runs', [], [], { isReady: false, reason: 'no worker thread runs' }],
    ['one is gone', [READY], [], { ...READY, degraded: '1 of 2 worker threads run' }],
    ['both are degraded alike', [DEGRADED, DEGRADED], [], DEGRADED],
    [
      'feedback is refused',
      [DEGRADED, READY],
      ['feedback is refused: disk full', undefined],
      { ...READY, degraded: 'rung stage2, missing nn1; feedback is refused: disk full' },
    ],
  ])('%s', (_case, workers, problems, expected) => {
    expect(mergeReadiness(workers, { ...ALONE, problems })).toEqual(expected);
  });
});

describe('mergeModels', () => {
  const metadata = { name: 'm', version: '1', inputs: [], outputs: [], contentSha256: '0', engine: 'forest' };
  const report = (memoryBytes: number | undefined, isLoaded = true, outage?: string) => ({
    metadata: { ...metadata, ...(memoryBytes === undefined ? {} : { memoryBytes }) },
    isLoaded,
    outage,
  });

  it('adds memory, and calls a model loaded if every worker has it', () => {
    expect(mergeModels([[report(5)], [report(7, false, 'unloaded')]])).toEqual([
      report(12, false, 'unloaded'),
    ]);
    expect(mergeModels([[report(undefined)], [report(undefined)]])).toEqual([report(undefined)]);
    expect(mergeModels([])).toEqual([]);
  });
});

describe('mergeReplicas', () => {
  it('tells the worse state of each server', () => {
    const state = (target: string, change: Partial<ReplicaState> = {}): ReplicaState => ({
      target,
      transport: 'shared_memory',
      pendingRows: 1,
      isDrained: false,
      models: { a: null, b: null },
      ...change,
    });
    const merged = mergeReplicas([
      [state('x:1'), state('y:1')],
      [
        state('x:1', { transport: 'grpc', models: { a: null, b: 'golden rows' } }),
        state('y:1', { isDrained: true }),
      ],
    ]);
    expect(merged).toEqual([
      state('x:1', { transport: 'grpc', pendingRows: 2, models: { a: null, b: 'golden rows' } }),
      state('y:1', { pendingRows: 2, isDrained: true }),
    ]);
  });
});

describe('mergeDrains', () => {
  it('is drained when every worker is', () => {
    const drain = (state: 'serving' | 'draining' | 'drained', startedAt: string | null) => ({
      state,
      inFlightPairs: 3,
      streamCount: 1,
      startedAt,
    });
    const both = { inFlightPairs: 6, streamCount: 2 };
    expect(mergeDrains(drain('drained', 'b'), [drain('draining', 'a')])).toEqual({
      ...both,
      state: 'draining',
      startedAt: 'a',
    });
    expect(mergeDrains(drain('drained', 'b'), [drain('drained', 'c')])).toMatchObject({ state: 'drained' });
    expect(mergeDrains(drain('serving', null), [drain('serving', null)])).toEqual({
      ...both,
      state: 'serving',
      startedAt: null,
    });
  });
});

describe('mergeStreams', () => {
  it('gives the streams of all workers by id, up to the limit', () => {
    const stream = (id: number) => ({
      id,
      method: 'm',
      peer: 'p',
      ageMs: 0,
      receivedCount: 0,
      answeredCount: 0,
      inFlightCount: 0,
      isPaused: false,
    });
    const page = mergeStreams(
      [
        { streamCount: 9, streams: [stream(1), stream(5)] },
        { streamCount: 4, streams: [stream(2), stream(4)] },
      ],
      3,
    );
    expect(page.streamCount).toBe(13);
    expect(page.streams.map(({ id }) => id)).toEqual([1, 2, 4]);
  });
});
