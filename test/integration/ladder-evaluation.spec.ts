import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ladderCases } from '../../src/cli/offline/ladder-cases.js';
import { LadderColumns } from '../../src/cli/offline/ladder-columns.js';
import { createOfflineScorer, type OfflineScorer } from '../../src/cli/offline/offline-scorer.js';
import { PairstreamError } from '../../src/errors/pairstream-error.js';
import { PairBatchBuilder } from '../../src/pairs/pair-batch-builder.js';
import { loadRelease } from '../../src/releases/release.js';
import { BreakableBackend } from '../support/gateway/breakable-backend.js';
import { exampleRows } from '../support/requests/example-rows.js';
import { FIRST_STAGE, SmallBackend, SmallPipeline } from '../support/pipelines/small-pipeline.js';

const ROWS = 100;

const pipeline = new SmallPipeline();
const backend = new BreakableBackend(new SmallBackend());
let scorer: OfflineScorer;
beforeAll(async () => {
  const release = await loadRelease(pipeline.path, backend);
  scorer = createOfflineScorer(release);
  const builder = new PairBatchBuilder();
  for (const row of await exampleRows(ROWS)) builder.addPartRow(row);
  const tweetRows = release.createInputWriter().createTweetRows();
  tweetRows.begin(builder.toBatch());
  scorer.begin(tweetRows.batch);
  const pairIndexes = Uint32Array.from({ length: ROWS }, (_, i) => i);
  scorer.write(tweetRows, pairIndexes, 0, ROWS);
});
afterAll(() => pipeline[Symbol.dispose]());

/** The mean of what some models said to the last batch, by value. */
function meanOf(names: readonly string[]): number[] {
  const columns = names.map((name) => scorer.members.get(name)!);
  return Array.from(
    { length: ROWS * 4 },
    (_, i) => columns.reduce((sum, column) => sum + column[i]!, 0) / columns.length,
  );
}

function expectClose(seen: Float32Array, expected: readonly number[]): void {
  expect(seen).toHaveLength(expected.length);
  seen.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
}

describe('what is measured of a ladder', () => {
  it('is every rung, every model missing, and pairs where two may be', () => {
    const cases = ladderCases(scorer.ensemble).map(({ name, rung }) => `${name}: ${rung.name}`);
    expect(cases).toEqual([
      'full: full',
      'stage1_mean: stage1_mean',
      'a_alone: a_alone',
      'base_rates: base_rates',
      ...['a', 'b', 'c', 'd', 'x', 'y'].map((name) => `without ${name}: stage2`),
      ...['a, b', 'a, c', 'a, d', 'b, c', 'b, d', 'c, d'].map((names) => `without ${names}: stage2`),
    ]);
  });

  it('is what the models answer then, batch after batch', async () => {
    const columns = new LadderColumns(scorer);
    for (let batch = 0; batch < 2; batch += 1) {
      await scorer.score(ROWS);
      await columns.add(ROWS);
    }
    const answers = new Map(columns.toPredictions().map((answer) => [answer.name, answer]));
    const answerOf = (name: string): Float32Array => {
      const { probabilities } = answers.get(name)!;
      expect(probabilities.subarray(0, ROWS * 4)).toEqual(probabilities.subarray(ROWS * 4));
      return probabilities.subarray(0, ROWS * 4);
    };
    const stage2 = (names: readonly string[], scale: number): number[] =>
      meanOf(names).map((value) => scale * value);
    const both = 0.75 * 0.9 + 0.25 * 0.7;
    const without = (...lost: string[]): string[] => FIRST_STAGE.filter((name) => !lost.includes(name));
    expectClose(answerOf('full'), stage2(FIRST_STAGE, both));
    expectClose(answerOf('without b'), stage2(without('b'), both));
    expectClose(answerOf('without a, d'), stage2(without('a', 'd'), both));
    expectClose(answerOf('without x'), stage2(FIRST_STAGE, 0.7));
    expectClose(answerOf('without y'), stage2(FIRST_STAGE, 0.9));
    expectClose(answerOf('a_alone'), meanOf(['a']));
    expect(answers.get('without a, d')).toMatchObject({ rung: 'stage2', missing: ['a', 'd'] });
  });

  it('is not measured with a model that fails', async () => {
    backend.failureOf = (model) =>
      model === 'b' ? new PairstreamError('BACKEND_FAILED', 'broken by the test') : undefined;
    await expect(scorer.score(ROWS)).rejects.toThrow('broken by the test');
  });
});
