import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedBackend } from '../../src/backends/embedded/embedded-backend.js';
import { type PredictInput, type PredictOutput, ServerError } from '@pairstream/client';
import { PairstreamError } from '../../src/errors/pairstream-error.js';
import { TARGETS } from '../../src/pairs/targets.js';
import { BreakableBackend } from '../support/gateway/breakable-backend.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { TWO_MODELS, writeTwoModelLadder } from '../support/pipelines/cut-pipeline.js';
import { SmallBackend, SmallPipeline } from '../support/pipelines/small-pipeline.js';
import { startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';

const RUNGS = ['full', 'stage2', 'stage1_mean', 'a_alone', 'base_rates'];
const ALL = ['a', 'b', 'c', 'd', 'x', 'y'];
const PAIRS = 40;
/** A tower whose vectors are all cached is not missed when it breaks. */
const UNCACHED = { towerCacheMb: 0 };

const pipeline = new SmallPipeline();
const backend = new BreakableBackend(new SmallBackend());
let served: TestGateway;
let request: PredictInput;
beforeAll(async () => {
  served = await startTestGateway({ ...UNCACHED, pipeline: pipeline.path, maxBatchRows: 64 }, { backend });
  request = requestOf(await exampleRows(PAIRS));
});
beforeEach(() => breakModels([]));
afterAll(async () => {
  await served[Symbol.asyncDispose]();
  pipeline[Symbol.dispose]();
});

function breakModels(names: readonly string[]): void {
  const failure = new PairstreamError('BACKEND_FAILED', 'model: broken by the test');
  backend.failureOf = (model) => (names.includes(model) ? failure : undefined);
}

function ask(options: PredictInput['options'] = {}): Promise<PredictOutput> {
  return served.client.predict({ ...request, options });
}

async function refusalOf(answer: Promise<PredictOutput>): Promise<unknown> {
  return await answer.catch((error: unknown) => error);
}

async function metric(line: string): Promise<number> {
  const response = await fetch(`${served.adminUrl}/metrics`);
  const found = (await response.text()).split('\n').find((candidate) => candidate.startsWith(`${line} `));
  return found === undefined ? 0 : Number(found.slice(line.length));
}

describe('a gateway with a degrade ladder', () => {
  it.each([
    [[], 'full', [], 'iiiiww'],
    [['c'], 'stage2', ['c'], 'iimiww'],
    [['t', 'a'], 'stage2', ['a', 'd'], 'miimww'],
    [['x'], 'stage2', ['x'], 'iiiimw'],
    [['x', 'y'], 'stage1_mean', ['x', 'y'], 'wwwwmm'],
    [['a', 'b', 'x', 'y'], 'stage1_mean', ['a', 'b', 'x', 'y'], 'mmwwmm'],
    [['b', 'c', 't'], 'a_alone', ['b', 'c', 'd', 'x', 'y'], 'wmmmmm'],
  ])('without %j answers at %s, says so and explains it', async (broken, rung, missing, uses) => {
    breakModels(broken);
    const answer = await ask({ explain: true });
    expect(answer).toMatchObject({ rung, missingMembers: missing, rowStatus: [] });
    const { members } = answer.explanation!;
    expect(members.map(({ model }) => model)).toEqual(ALL);
    // weighted, input, missing
    expect(members.map(({ use }) => use?.[0]).join('')).toBe(uses);
    const silent = members.filter((member) =>
      TARGETS.every((target) => [...member[target]].every(Number.isNaN)),
    );
    expect(silent.map(({ model }) => model)).toEqual(missing);
    for (const target of TARGETS) {
      const weighing = members.filter(({ weight }) => weight[target] > 0);
      expect(weighing.reduce((sum, { weight }) => sum + weight[target], 0)).toBeCloseTo(1, 6);
      answer[target].forEach((value, pair) => {
        const mean = weighing.reduce((sum, member) => sum + member.weight[target] * member[target][pair]!, 0);
        expect(value).toBeCloseTo(mean, 5);
      });
    }
    breakModels([]);
    expect(await ask()).toMatchObject({ rung: 'full', missingMembers: [] });
  });

  it('answers with base rates when no model is left', async () => {
    breakModels(ALL);
    const answer = await ask({ explain: true });
    expect(answer).toMatchObject({ rung: 'base_rates', missingMembers: ALL, rowStatus: [] });
    const { priors } = served.release.statistics;
    TARGETS.forEach((target, t) =>
      expect([...answer[target]]).toEqual(Array(PAIRS).fill(Math.fround(priors[t]!))),
    );
    for (const { weight } of answer.explanation!.members)
      expect(weight).toEqual({ reply: 0, retweet: 0, quote: 0, like: 0 });
  });

  it.each(RUNGS)(
    'refuses all that is less than %s when it is told to, and gives no numbers',
    async (minRung) => {
      const broken = [[], ['c'], ['x', 'y'], ['b', 'c', 'd'], ALL];
      const reached: string[] = [];
      for (const [level, names] of broken.entries()) {
        breakModels(names);
        const answer = await refusalOf(ask({ minRung }));
        if (level <= RUNGS.indexOf(minRung)) {
          reached.push((answer as PredictOutput).rung);
          continue;
        }
        expect(answer).toBeInstanceOf(ServerError);
        expect(answer).toMatchObject({ code: 14, reason: 'DEGRADED', retryAfterMs: 1_000 });
        expect(String(answer)).toContain(`answered at rung "${RUNGS[level]}" without `);
        expect(String(answer)).toContain(`expected "${minRung}" or better`);
      }
      expect(reached).toEqual(RUNGS.slice(0, RUNGS.indexOf(minRung) + 1));
    },
  );

  it('refuses one message of a stream, and goes on', async () => {
    breakModels(['c']);
    const requests = ['full', 'stage2', ''].map((minRung) => ({ ...request, options: { minRung } }));
    const outputs: unknown[] = [];
    for await (const { index, output } of served.client.predictStream(requests))
      outputs[index] = output instanceof ServerError ? output.reason : output.rung;
    expect(outputs).toEqual(['DEGRADED', 'stage2', 'stage2']);
  });

  it('refuses a rung that there is not, and names those that there are', async () => {
    expect(await refusalOf(ask({ minRung: 'best' }))).toMatchObject({
      code: 3,
      reason: 'INVALID_REQUEST',
      field: 'options.min_rung',
      message: expect.stringContaining(`"best" is unknown, expected one of the rungs ${RUNGS.join(', ')}`),
    });
    expect(await refusalOf(ask({ minRung: 'x'.repeat(1_000) }))).toMatchObject({
      reason: 'INVALID_REQUEST',
      field: 'options.min_rung',
    });
  });

  it('tells its rungs and what each is worth', async () => {
    const { rungs } = await served.client.getServerInfo();
    expect(rungs).toEqual([
      { name: 'full', rce: 23.5 },
      { name: 'stage2', rce: null },
      { name: 'stage1_mean', rce: null },
      { name: 'a_alone', rce: 12 },
      { name: 'base_rates', rce: 0 },
    ]);
  });

  it('says the lowest rung of a message of several batches, and who was missing from any of them', async () => {
    const rows = await exampleRows(300);
    const seen = new Map<string, number>();
    const failure = new PairstreamError('BUSY', 'model: busy', { retryAfterMs: 1 });
    backend.failureOf = (model) => {
      seen.set(model, (seen.get(model) ?? 0) + 1);
      const isHit = (model === 'b' && seen.get(model) === 2) || (model === 'x' && seen.get(model) === 3);
      return isHit || (model === 'y' && seen.get(model) === 3) ? failure : undefined;
    };
    const answer = await served.client.predict(requestOf(rows));
    expect(seen.get('a')).toBeGreaterThan(3);
    expect(answer).toMatchObject({ rung: 'stage1_mean', missingMembers: ['b', 'x', 'y'], rowStatus: [] });
    for (const target of TARGETS) expect(answer[target]).toHaveLength(300);
  });

  it('ranks by what it has', async () => {
    breakModels(['x', 'y']);
    const { ranking, rung } = await ask({ scoreWeights: { like: 1 }, topK: 3 });
    expect(ranking!.pairIndexes).toHaveLength(3);
    expect(rung).toBe('stage1_mean');
  });

  it('names no rung where nothing was scored', async () => {
    const wrong = requestOf(await exampleRows(1));
    wrong.pairs.tweetIndex[0] = 9;
    breakModels(['c']);
    const { rung, missingMembers, rowStatus } = await served.client.predict(wrong);
    expect({ rung, missingMembers }).toEqual({ rung: '', missingMembers: [] });
    expect(rowStatus).toHaveLength(1);
  });

  it('counts pairs by rung, and batches by who was missing', async () => {
    const lines = [
      'pairstream_answered_pairs_total{rung="full"}',
      'pairstream_answered_pairs_total{rung="stage2"}',
      'pairstream_missing_members_total{member="c",reason="BACKEND_FAILED"}',
    ];
    const before = await Promise.all(lines.map(metric));
    await ask();
    breakModels(['c']);
    await ask();
    await refusalOf(ask({ minRung: 'full' }));
    const after = await Promise.all(lines.map(metric));
    expect(after.map((value, i) => value - before[i]!)).toEqual([PAIRS, PAIRS, 2]);
  });

  it('fails as before for a fault of its own', async () => {
    backend.failureOf = (model) => (model === 'b' ? new PairstreamError('INTERNAL', 'a fault') : undefined);
    expect(await refusalOf(ask())).toMatchObject({ code: 13, reason: 'INTERNAL' });
  });
});

describe('two models with a ladder', () => {
  const parent = mkdtempSync(join(tmpdir(), 'two-model-ladder-'));
  afterAll(() => rmSync(parent, { recursive: true }));

  it('answer one without the other', async () => {
    const path = writeTwoModelLadder(parent);
    await using blended = await startTestGateway({ pipeline: TWO_MODELS });
    const expected = await blended.client.predict({ ...request, options: { explain: true } });
    expect(expected).toMatchObject({ rung: 'full', missingMembers: [] });
    const engine = new BreakableBackend(new EmbeddedBackend({ onnxThreadCount: 1 }));
    await using laddered = await startTestGateway({ ...UNCACHED, pipeline: path }, { backend: engine });
    expect(await laddered.client.predict(request)).toMatchObject({
      rung: 'full',
      reply: expected.reply,
      like: expected.like,
    });
    for (const [broken, missing, left] of [
      ['xgb1', 'xgb1', 'nn1'],
      ['nn1_tweet', 'nn1', 'xgb1'],
    ]) {
      const failure = new PairstreamError('BACKEND_FAILED', 'broken by the test');
      engine.failureOf = (model) => (model === broken ? failure : undefined);
      const answer = await laddered.client.predict(request);
      expect(answer).toMatchObject({ rung: 'either', missingMembers: [missing] });
      const alone = expected.explanation!.members.find(({ model }) => model === left)!;
      for (const target of TARGETS)
        answer[target].forEach((value, pair) => expect(value).toBeCloseTo(alone[target][pair]!, 5));
    }
    engine.failureOf = () => undefined;
    expect(await laddered.client.predict(request)).toMatchObject({ rung: 'full', like: expected.like });
  });
});
