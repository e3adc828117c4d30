import { IndexMap } from '../../src/statistics/index-map.js';
import { describe, expect, it, vi } from 'vitest';
import { KEY_SETS } from '../../src/features/key-sets.js';
import { StatisticsTable } from '../../src/statistics/statistics-table.js';
import { horizonsOf, type StatisticsTables } from '../../src/statistics/statistics-tables.js';
import { PairBatchBuilder } from '../../src/pairs/pair-batch-builder.js';
import { StatisticsLearner } from '../../src/offline/replay/statistics-learner.js';
import { World } from '../../src/offline/world/world.js';
import { TweetText } from '../../src/features/text/tweet-text.js';
import { Vocabulary } from '../../src/features/text/vocabulary.js';
import { CATALOGUE } from '../../src/features/catalogue.js';
import { textScopeOf } from '../../src/features/key-components.js';
import { definitionsOf, FeaturePlan } from '../../src/features/feature-plan.js';
import { TweetRows } from '../../src/features/tweet-rows.js';
import type { PairBatch } from '../../src/pairs/pair-batch.js';

const world = new World({ seed: 4, userCount: 200, pairsPerDay: 1_500 });
const vocabulary = Vocabulary.parse(new TextEncoder().encode(world.vocabularyText()));
const rows = [...world.generateDay(0)].flat().map(({ row }) => row);
const NAMES = CATALOGUE.map(({ name }) => name);
const statistics: StatisticsTables = {
  tables: KEY_SETS.map(({ name, horizons }) => new StatisticsTable(name, horizonsOf(horizons))),
  priors: Float64Array.of(0.1, 0.2, 0.3, 0.4),
  vocabularySha256: vocabulary.sha256,
  languages: IndexMap.empty('languages'),
  asOfS: 0,
};

const builder = new PairBatchBuilder();
for (const row of rows) builder.addPartRow(row);
const batch = builder.toBatch();
const learner = new StatisticsLearner(statistics);
const tweetRows = new TweetRows(vocabulary, statistics, 'all');
tweetRows.begin(batch);
rows.forEach(({ engagementTimesS }, pair) => learner.observe(tweetRows, pair, engagementTimesS!));
learner.advanceTo(Infinity);
const everyPair = Uint32Array.from(rows, (_, i) => i);

/** A plan of one output, and the tweets it is computed of. */
class OnePlan {
  private readonly plan: FeaturePlan;
  private readonly tweetRows: TweetRows;

  constructor(private readonly names: readonly string[]) {
    this.plan = new FeaturePlan([definitionsOf(names)], statistics);
    this.tweetRows = new TweetRows(vocabulary, statistics, textScopeOf(this.plan.components));
  }

  /** Writes pairs pairIndexes[from .. to) of a new request into `out`, from its row `outRow`. */
  write(
    batch: PairBatch,
    pairIndexes: Uint32Array,
    from: number,
    to: number,
    out: Float32Array,
    outRow = 0,
    width = this.names.length,
  ): void {
    this.tweetRows.begin(batch);
    const range = { batchRow: outRow, requestRow: from, rowCount: to - from };
    this.plan.write(this.tweetRows, pairIndexes, range, [{ data: out, width }]);
  }
}

function compute(names: readonly string[], plan = new OnePlan(names)): Float32Array {
  const out = new Float32Array(rows.length * names.length);
  plan.write(batch, everyPair, 0, rows.length, out);
  return out;
}

describe('FeaturePlan', () => {
  const whole = compute(NAMES);

  it('computes a pair the same alone as among others, whatever went before', () => {
    const plan = new OnePlan(NAMES);
    const out = new Float32Array(NAMES.length);
    for (let pair = rows.length - 1; pair >= 0; pair -= 7) {
      plan.write(batch, everyPair, pair, pair + 1, out);
      expect(out).toEqual(whole.slice(pair * NAMES.length, (pair + 1) * NAMES.length));
    }
    expect(compute(NAMES, plan)).toEqual(whole);
  });

  it('computes one tweet at several times in one call, each as if alone', () => {
    const asOfS = batch.pairs.asOfS.map((timeS, pair) => timeS + (pair % 3) * 5 * 86_400);
    const atTimes = { ...batch, pairs: { ...batch.pairs, asOfS } };
    const plan = new OnePlan(NAMES);
    const together = new Float32Array(whole.length);
    plan.write(atTimes, everyPair, 0, rows.length, together);
    const alone = new Float32Array(whole.length);
    for (let pair = 0; pair < rows.length; pair += 1)
      plan.write(atTimes, everyPair, pair, pair + 1, alone, pair);
    expect(together).toEqual(alone);
    expect(together).not.toEqual(whole);
  });

  it('writes the listed pairs in their order, from the row it is told, leaving the rest alone', () => {
    const plan = new OnePlan(NAMES);
    const width = NAMES.length + 3;
    const out = new Float32Array(4 * width).fill(-9);
    plan.write(batch, Uint32Array.of(99, 40, 41, 7), 1, 4, out, 1, width);
    const rowOf = (row: number): number[] => [...out.subarray(row * width, row * width + NAMES.length)];
    const expected = (pair: number): number[] => [
      ...whole.subarray(pair * NAMES.length, (pair + 1) * NAMES.length),
    ];
    expect(rowOf(0)).toEqual(NAMES.map(() => -9));
    expect([rowOf(1), rowOf(2), rowOf(3)]).toEqual([expected(40), expected(41), expected(7)]);
    expect([...out.subarray(2 * width - 3, 2 * width)]).toEqual([-9, -9, -9]);
  });

  it('reads the text of a tweet once in a call, however many readers and times it has', () => {
    const pairs = { ...batch.pairs, tweetIndex: batch.pairs.tweetIndex.map((tweet) => tweet % 40) };
    const asOfS = pairs.asOfS.map((timeS, pair) => timeS + (pair % 3));
    const plan = new OnePlan(NAMES);
    const analyse = vi.spyOn(TweetText.prototype, 'analyse');
    try {
      const out = new Float32Array(whole.length);
      plan.write({ ...batch, pairs: { ...pairs, asOfS } }, everyPair, 0, rows.length, out);
      expect(analyse).toHaveBeenCalledTimes(40);
      plan.write({ ...batch, pairs }, everyPair, 0, rows.length, out);
      expect(analyse).toHaveBeenCalledTimes(80);
    } finally {
      analyse.mockRestore();
    }
  });

  it('computes any subset in any order', () => {
    const names = ['te_b_user_id_like', 'tw_count_words', 'a_follows_b', 'te_a_user_id_reply', 'dt_minute'];
    const out = compute(names);
    names.forEach((name, column) => {
      const at = NAMES.indexOf(name);
      for (let pair = 0; pair < rows.length; pair += 50) {
        expect(out[pair * names.length + column]).toBe(whole[pair * NAMES.length + at]);
      }
    });
  });

  it('sees the time it is asked for: encodings drift back towards the priors', () => {
    const names = ['te_a_user_id_like'];
    const plan = new OnePlan(names);
    const later = {
      ...batch,
      pairs: { ...batch.pairs, asOfS: batch.pairs.asOfS.map((timeS) => timeS + 10 * 365 * 86_400) },
    };
    const out = new Float32Array(rows.length);
    plan.write(later, everyPair, 0, rows.length, out);
    out.forEach((value) => expect(value).toBeCloseTo(0.4, 5));
    expect(compute(names).some((value) => Math.abs(value - 0.4) > 0.01)).toBe(true);
  });

  it.each([
    [['dt_dow', 'dt_week'], 'features[1]: "dt_week" is no known feature'],
    [['dt_dow', 'a_follows_b', 'dt_dow'], 'features[2]: "dt_dow" occurs twice'],
  ])('refuses %s', (names, message) => {
    expect(() => definitionsOf(names)).toThrow(message);
  });

  it('refuses tables that lack what a feature needs', () => {
    const few = { ...statistics, tables: statistics.tables.slice(0, 1) };
    const compile = (name: string, tables: StatisticsTables): FeaturePlan =>
      new FeaturePlan([definitionsOf([name])], tables);
    expect(() => compile('te_media_like', few)).toThrow('no table media, only a_user_id');
    expect(() => compile('te_a_user_id_like', few)).not.toThrow();
    const long = { ...statistics, tables: [new StatisticsTable('a_user_id', horizonsOf(['long']))] };
    expect(() => compile('ce_a_user_id', long)).toThrow('table a_user_id has no horizon recent, only long');
  });

  it('reads many views of one record alike, together or alone', () => {
    const names = NAMES.filter((name) =>
      /^(te|te_recent|te_switch|sum|count|ce|ce_switch)_b_user_id(_|$)/.test(name),
    );
    expect(names.length).toBeGreaterThan(15);
    const together = compute(names);
    names.forEach((name, column) => {
      const alone = compute([name]);
      for (let pair = 0; pair < rows.length; pair += 50)
        expect(together[pair * names.length + column]).toBe(alone[pair]);
    });
  });
});
