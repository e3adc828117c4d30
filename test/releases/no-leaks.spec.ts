import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedBackend } from '../../src/backends/embedded/embedded-backend.js';
import { createOfflineScorer } from '../../src/cli/offline/offline-scorer.js';
import { packagePath } from '../../src/config/package-files.js';
import type { EngagementTimes, PartRow } from '../../src/pairs/part-row.js';
import { loadRelease } from '../../src/releases/release.js';
import { CausalWalk } from '../../src/offline/replay/causal-walk.js';
import { scorePrequentially } from '../../src/offline/replay/prequential.js';
import { exampleRows } from '../support/requests/example-rows.js';

const ROW_COUNT = 3_000;
const BATCH_ROWS = 500;
const PIPELINE = packagePath('pipelines/recsys2021.yaml');

describe('predictions of the shipped release', () => {
  const backend = new EmbeddedBackend({ onnxThreadCount: 1 });
  let rows: PartRow[];

  beforeAll(async () => {
    rows = await exampleRows(ROW_COUNT);
  });
  afterAll(() => backend.close());

  /** Scores rows as they would have been scored online; the statistics are read anew each time. */
  async function score(labelled: readonly PartRow[]): Promise<Float32Array> {
    const release = await loadRelease(PIPELINE, backend, { checksGoldenRows: false });
    const { vocabulary, statistics } = release;
    const walk = new CausalWalk({ vocabulary, statistics, knownUntilS: statistics.asOfS });
    const batches = Array.from({ length: ROW_COUNT / BATCH_ROWS }, (_, i) =>
      labelled.slice(i * BATCH_ROWS, (i + 1) * BATCH_ROWS),
    );
    const scored: number[] = [];
    for await (const { probabilities } of scorePrequentially(batches, walk, createOfflineScorer(release)))
      scored.push(...probabilities.subarray(0, BATCH_ROWS * 4));
    return Float32Array.from(scored);
  }

  it('depend on earlier labels, and on no later ones', async () => {
    const cutS = rows[ROW_COUNT / 2]!.tweetCreatedAtS;
    const knownCount = rows.filter(({ tweetCreatedAtS }) => tweetCreatedAtS <= cutS).length;
    const changed = rows.map((row): PartRow => {
      if (row.tweetCreatedAtS < cutS) return row;
      const engagementTimesS = row.engagementTimesS!.map((timeS) =>
        timeS === null ? row.tweetCreatedAtS + 1 : null,
      );
      return { ...row, engagementTimesS: engagementTimesS as unknown as EngagementTimes };
    });
    const [before, after] = [await score(rows), await score(changed)];
    expect(after.slice(0, 4 * knownCount)).toEqual(before.slice(0, 4 * knownCount));
    expect(after.slice(4 * knownCount)).not.toEqual(before.slice(4 * knownCount));
  });
});
