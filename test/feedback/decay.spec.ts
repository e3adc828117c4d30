import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STATISTICS_VIEWS } from '../../src/features/statistics-views.js';
import { DAY_S } from '../../src/pairs/unix-time.js';
import { TARGETS } from '../../src/pairs/targets.js';
import { HALF_LIFE_DAYS } from '../../src/statistics/statistics-tables.js';
import {
  eventsOf,
  featuresOf,
  sendFeedback,
  startLearningGateway,
  tokensOf,
} from '../support/feedback/learning-gateway.js';
import { StateFolder } from '../support/feedback/state-folder.js';
import type { TestGateway } from '../support/gateway/test-gateway.js';
import { exampleRows } from '../support/requests/example-rows.js';

const RUN_MS = 120_000;
const HOUR_S = 3_600;
/** Features are single-precision numbers. */
const ROUNDING = 2e-6;

/** Times without feedback, seconds: every hour of two days, then every day of four months, then years. */
const QUIET_S = [
  ...Array.from({ length: 49 }, (_, hour) => hour * HOUR_S),
  ...Array.from({ length: 120 }, (_, day) => (day + 3) * DAY_S),
  2 * 365 * DAY_S,
  10 * 365 * DAY_S,
];

/** An encoding: the value that it decays towards, and its half-life in seconds. */
interface Encoding {
  readonly name: string;
  readonly limit: number;
  readonly halfLifeS: number;
}

describe('a gateway whose feedback has stopped', () => {
  const state = new StateFolder();
  let gateway: TestGateway;
  let encodings: Encoding[];
  /** Features of the shown pairs by name, for each quiet time. */
  let features: Map<string, number[]>[];

  beforeAll(async () => {
    const rows = await exampleRows(500);
    gateway = await startLearningGateway(state.path);
    const { client, release } = gateway;
    const tokens = await tokensOf(client, rows);
    await sendFeedback(client, eventsOf(tokens, rows), eventsOf(tokens, rows, 'LIKE'));
    const { priors } = release.statistics;
    encodings = STATISTICS_VIEWS.flatMap(({ kind, horizon, definitions }) =>
      definitions.map(({ name }, target) => ({
        name,
        limit: kind === 'rates' ? priors[target % TARGETS.length]! : 0,
        halfLifeS: HALF_LIFE_DAYS[horizon] * DAY_S,
      })),
    );
    const stoppedS = rows.at(-1)!.tweetCreatedAtS;
    features = [];
    for (const quietS of QUIET_S)
      features.push(await featuresOf(client, rows.slice(0, 20), stoppedS + quietS));
  }, RUN_MS);
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    state[Symbol.dispose]();
  });

  /** Distances of a feature from its limit, by pair, for each quiet time. */
  function distancesOf({ name, limit }: Encoding): number[][] {
    return features.map((at) => (at.get(name) ?? []).map((value) => Math.abs(value - limit)));
  }

  it('has encodings that approach their priors without a jump', () => {
    const served = encodings.filter(({ name }) => features[0]?.has(name));
    expect(served.length).toBeGreaterThan(100);
    const jumps = served.flatMap((encoding) => {
      const distances = distancesOf(encoding);
      return distances.slice(1).flatMap((after, i) => {
        // A count halves in a half-life; a smoothed rate approaches its prior at most as fast.
        const fastest = 2 ** (-(QUIET_S[i + 1]! - QUIET_S[i]!) / encoding.halfLifeS);
        return after.flatMap((distance, pair) => {
          const before = distances[i]![pair]!;
          const rounding = ROUNDING * Math.max(1, before);
          if (distance <= before + rounding && distance >= fastest * before - rounding) return [];
          return `${encoding.name} of pair ${pair} after ${QUIET_S[i + 1]} s: ${before} to ${distance}`;
        });
      });
    });
    expect(jumps).toEqual([]);
  });

  it('has its priors in the end, from encodings that were far from them', () => {
    const first = encodings.flatMap((encoding) => distancesOf(encoding)[0] ?? []);
    expect(Math.max(...first)).toBeGreaterThan(0.1);
    const last = encodings.flatMap((encoding) => distancesOf(encoding).at(-1) ?? []);
    expect(last.length).toBeGreaterThan(1_000);
    expect(Math.max(...last)).toBeLessThan(ROUNDING);
  });
});
