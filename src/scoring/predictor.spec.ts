import { IndexMap } from '../statistics/index-map.js';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../errors/catalogue.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import { definitionsOf } from '../features/feature-plan.js';
import type { InputMatrix, Matrix, ModelHandle } from '../backends/backend.js';
import type { PairBatch } from '../pairs/pair-batch.js';
import { PairBatchBuilder } from '../pairs/pair-batch-builder.js';
import { InputWriter } from '../features/input-writers.js';
import type { Release } from '../releases/release.js';
import { Vocabulary } from '../features/text/vocabulary.js';
import { ServicePace } from './batching/service-pace.js';
import { type PredictCall, Predictor, type PredictorOptions } from './predictor.js';

const VOCABULARY = Vocabulary.parse(Buffer.from('[CLS]\n[SEP]\n[UNK]\nword\n'));
const STATISTICS = {
  tables: [],
  priors: new Float64Array(4),
  vocabularySha256: VOCABULARY.sha256,
  languages: IndexMap.empty('languages'),
  asOfS: 0,
};
const NEVER = new AbortController().signal;

/** Answers [followers of the reader, 0.25, 0.5, 0.75], when its gate is open. */
class EchoModel implements ModelHandle {
  readonly metadata = {
    name: 'echo',
    version: '1',
    inputs: [],
    outputs: [],
    contentSha256: '',
    engine: 'test',
  };
  readonly batchRowCounts: number[] = [];
  gate: Promise<void> = Promise.resolve();

  async infer(
    rowCount: number,
    inputs: ReadonlyMap<string, InputMatrix>,
    outputs: ReadonlyMap<string, Matrix>,
  ): Promise<void> {
    this.batchRowCounts.push(rowCount);
    await this.gate;
    const { data } = inputs.get('in')!;
    for (let row = 0; row < rowCount; row += 1)
      outputs.get('out')!.data.set([data[row]!, 0.25, 0.5, 0.75], row * 4);
  }

  closeGate(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gate = promise;
    return resolve;
  }
}

function createPredictor(model: EchoModel, options: Partial<PredictorOptions> = {}): Predictor {
  const definitions = definitionsOf(['b_follower_count']);
  const input = { tensor: 'in', datatype: 'FP32', ownWidth: 1, members: [] } as const;
  const inputs = [{ ...input, source: { kind: 'features', definitions } as const }];
  const release: Release = {
    id: '0123456789abcdef',
    name: 'echo',
    vocabulary: VOCABULARY,
    statistics: STATISTICS,
    languages: new Map(),
    createInputWriter: () => new InputWriter([{ model: 'echo', inputs }], [], VOCABULARY, STATISTICS),
    ensemble: {
      towers: [],
      stages: [[{ name: 'echo', model, inputs, output: { tensor: 'out', width: 4 } }]],
      rungs: [{ name: 'full', weights: new Map([['echo', [1, 1, 1, 1]]]), mayMiss: 0, rce: null }],
    },
    models: [model.metadata],
    warnings: [],
  };
  const observer = {
    batchSent: () => undefined,
    batchDone: () => undefined,
    waitingRows: () => undefined,
    inFlightPairs: () => undefined,
    paceMeasured: () => undefined,
    requestRefused: () => undefined,
    towerLookedUp: () => undefined,
    memberMissing: () => undefined,
  };
  const bounds = {
    maxBatchRows: 4,
    maxBatchDelayUs: 0,
    maxPairsPerMessage: 20,
    maxInFlightPairs: 20,
    maxQueueMs: 10_000,
  };
  return new Predictor(release, { backendName: 'echo', ...bounds, ...options }, observer);
}

/** One pair per reader; each reader has so many followers. */
function batchOf(followers: readonly number[]): PairBatch {
  const builder = new PairBatchBuilder();
  const author = { id: 'a'.repeat(32), followerCount: 1, followingCount: 1 };
  for (const [i, followerCount] of followers.entries()) {
    builder.addPartRow({
      textTokens: [0, 3, 1],
      hashtags: [],
      tweetId: 'b'.repeat(32),
      media: [],
      links: [],
      domains: [],
      tweetType: 'TopLevel',
      language: 'en',
      tweetCreatedAtS: 1_600_000_000,
      author: { ...author, isVerified: false, accountCreatedAtS: 1 },
      reader: {
        id: i.toString(16).padStart(32, '0'),
        followerCount,
        followingCount: 1,
        isVerified: false,
        accountCreatedAtS: 1,
      },
      authorFollowsReader: false,
      engagementTimesS: undefined,
    });
  }
  return builder.toBatch();
}

function callOf(followers: readonly number[], options: Partial<PredictCall> = {}): PredictCall {
  return { batch: batchOf(followers), deadlineMs: Infinity, signal: NEVER, ...options };
}

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0);
}

describe('Predictor', () => {
  it('answers every pair in its place, over as many batches as it takes', async () => {
    const model = new EchoModel();
    const followers = Array.from({ length: 11 }, (_, i) => i / 16);
    const { probabilities, rowFailures, releaseId } = await createPredictor(model).predict(callOf(followers));
    expect([...probabilities]).toEqual(followers.flatMap((value) => [value, 0.25, 0.5, 0.75]));
    expect(rowFailures).toEqual([]);
    expect(releaseId).toBe('0123456789abcdef');
    expect(model.batchRowCounts).toEqual([4, 4, 3]);
  });

  it('ranks pairs as the call wants, and explains the ranked ones in their order', async () => {
    const scoreWeights = Float64Array.of(1, 0, 0, 0);
    const ranking = { scoreWeights, topK: 2, rankPerReader: false, keepProbabilities: false };
    const call = callOf([0.25, 7, 0.75, 0.5], { ranking, explain: true });
    const answer = await createPredictor(new EchoModel()).predict(call);
    expect(answer.ranking).toEqual({
      pairIndexes: Uint32Array.of(2, 3),
      scores: Float64Array.of(0.75, 0.5),
    });
    expect(answer.explanation).toMatchObject({
      pairIndexes: [2, 3],
      features: [{ name: 'b_follower_count', values: [0.75, 0.5] }],
      members: [
        { model: 'echo', engine: 'test', probabilities: [0.75, 0.25, 0.5, 0.75, 0.5, 0.25, 0.5, 0.75] },
      ],
    });
    const unranked = await createPredictor(new EchoModel()).predict(
      callOf([0.25, 7, 0.75], { explain: true }),
    );
    expect(unranked.ranking).toBeUndefined();
    expect(unranked.explanation?.pairIndexes).toEqual([0, 2]);
  });

  it('a pair whose models answer no probability is NaN with its reason; its neighbours are answered', async () => {
    const { probabilities, rowFailures } = await createPredictor(new EchoModel()).predict(
      callOf([0.5, 7, 0.25]),
    );
    expect([...probabilities.subarray(0, 4)]).toEqual([0.5, 0.25, 0.5, 0.75]);
    expect([...probabilities.subarray(4, 8)]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
    expect([...probabilities.subarray(8)]).toEqual([0.25, 0.25, 0.5, 0.75]);
    expect(rowFailures).toMatchObject([
      { pairIndex: 1, error: { code: 'BACKEND_FAILED', message: expect.stringContaining('answered 7') } },
    ]);
  });

  it('pairs that are wrong never reach a model, and keep the reason they came with', async () => {
    const model = new EchoModel();
    const known = new PairstreamError('INVALID_ROW', 'pairs[2]: known before');
    const { rowFailures } = await createPredictor(model).predict(
      callOf([0.5, -1, Number.NaN], { invalidPairs: new Map([[2, known]]) }),
    );
    expect(rowFailures.map(({ pairIndex, error }) => [pairIndex, error.message])).toEqual([
      [1, expect.stringContaining('users.follower_count')],
      [2, 'pairs[2]: known before'],
    ]);
    expect(model.batchRowCounts).toEqual([1]);
  });

  it('answers an empty message, and one of wrong pairs only, without a model', async () => {
    const model = new EchoModel();
    const predictor = createPredictor(model);
    expect((await predictor.predict(callOf([]))).probabilities).toHaveLength(0);
    expect((await predictor.predict(callOf([-1, -1]))).rowFailures).toHaveLength(2);
    expect(model.batchRowCounts).toEqual([]);
  });

  it.each<[string, ErrorCode, number, Partial<PredictCall>]>([
    ['a pair too many', 'MESSAGE_TOO_LARGE', 21, {}],
    ['a deadline that is over', 'DEADLINE_EXCEEDED', 1, { deadlineMs: 0 }],
    ['a caller that is gone', 'CANCELLED', 1, { signal: AbortSignal.abort() }],
    ['a size that no later deadline heals', 'MESSAGE_TOO_LARGE', 21, { deadlineMs: 0 }],
  ])('refuses %s', async (_name, code, pairCount, options) => {
    const predictor = createPredictor(new EchoModel());
    await expect(predictor.predict(callOf(zeros(pairCount), options))).rejects.toMatchObject({ code });
    expect(predictor.inFlightPairCount).toBe(0);
  });

  it('takes exactly as many pairs as it may hold', async () => {
    const model = new EchoModel();
    const openGate = model.closeGate();
    const predictor = createPredictor(model);
    const held = [predictor.predict(callOf(zeros(15))), predictor.predict(callOf(zeros(5)))];
    expect(predictor.inFlightPairCount).toBe(20);
    await expect(predictor.predict(callOf(zeros(1)))).rejects.toMatchObject({
      code: 'BUSY',
      retryAfterMs: expect.any(Number),
    });
    openGate();
    await Promise.all(held);
    expect(predictor.inFlightPairCount).toBe(0);
    await expect(predictor.predict(callOf(zeros(20)))).resolves.toBeDefined();
  });

  it('refuses what cannot be answered before its deadline, decoded or not, and tries anything while idle', async () => {
    let nowMs = 0;
    const pace = new ServicePace(() => nowMs);
    pace.begin();
    nowMs = 60_000;
    // A minute per row.
    pace.batchDone(1);
    pace.end();
    const model = new EchoModel();
    const openGate = model.closeGate();
    const predictor = createPredictor(model, { pace });
    const deadlineMs = performance.now() + 30_000;
    expect(() => predictor.checkAdmission(1, deadlineMs)).not.toThrow();
    const tried = predictor.predict(callOf(zeros(1), { deadlineMs }));
    const refusal = { code: 'BUSY', retryAfterMs: 10_000 };
    expect(() => predictor.checkAdmission(1, deadlineMs)).toThrow(expect.objectContaining(refusal));
    await expect(predictor.predict(callOf(zeros(1), { deadlineMs }))).rejects.toMatchObject(refusal);
    // Reasons that a later call does not heal are left to predict.
    expect(() => predictor.checkAdmission(21, deadlineMs)).not.toThrow();
    openGate();
    await tried;
    expect(predictor.inFlightPairCount).toBe(0);
    await expect(predictor.predict(callOf(zeros(1), { deadlineMs }))).resolves.toBeDefined();
  });

  it('every caller that drains is told when the last answer is out', async () => {
    const model = new EchoModel();
    const openGate = model.closeGate();
    const predictor = createPredictor(model);
    const answer = predictor.predict(callOf([0.5]));
    const drains = [predictor.drain(60_000), predictor.drain(60_000)];
    await expect(predictor.predict(callOf([0.5]))).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    openGate();
    await answer;
    expect(await Promise.all(drains)).toEqual([true, true]);
    expect(await predictor.drain(0)).toBe(true);
  });

  it('a drain whose time is over says so', async () => {
    const model = new EchoModel();
    const openGate = model.closeGate();
    const predictor = createPredictor(model);
    const answer = predictor.predict(callOf([0.5]));
    expect(await predictor.drain(1)).toBe(false);
    openGate();
    await answer;
  });
});
