import { expect } from 'vitest';
import { type PairstreamClient, ServerError } from '@pairstream/client';
import type { PartRow } from '../../../src/pairs/part-row.js';
import { TARGETS } from '../../../src/pairs/targets.js';
import { requestOf } from './example-rows.js';

/** Models of the shipped pipeline that read features alone. */
export const FIRST_STAGE: readonly string[] = ['xgb1', 'xgb2', 'xgb3', 'nn1', 'nn2', 'nn3'];

const MESSAGE_PAIRS = 500;
const TOLERANCE = 1e-5;
/**
 * Second-stage trees split on what members say, and two engines may say it with another last bit, so that now and then a member
 * lies on the other side of a split. So many pairs may differ by more than TOLERANCE, by what a few of two thousand trees are
 * worth; with the processors at hand none did.
 */
const SHARE_ACROSS_A_SPLIT = 0.00025;
const ACROSS_A_SPLIT = 0.02;

/**
 * What a gateway answers over a stream, and what each of its models says.
 * @param rows a multiple of 500
 * @returns by `<target>` and `<model>_<target>`
 */
export async function liveColumns(
  client: PairstreamClient,
  rows: readonly PartRow[],
): Promise<Map<string, Float32Array>> {
  const requests = Array.from({ length: rows.length / MESSAGE_PAIRS }, (_, i) => ({
    ...requestOf(rows.slice(i * MESSAGE_PAIRS, (i + 1) * MESSAGE_PAIRS)),
    options: { explain: true },
  }));
  const columns = new Map<string, Float32Array>();
  const put = (name: string, values: Float32Array, message: number): void => {
    const column = columns.get(name) ?? new Float32Array(rows.length);
    column.set(values, message * MESSAGE_PAIRS);
    columns.set(name, column);
  };
  for await (const { index, output } of client.predictStream(requests)) {
    if (output instanceof ServerError) throw output;
    for (const target of TARGETS) {
      put(target, output[target], index);
      for (const member of output.explanation!.members)
        put(`${member.model}_${target}`, member[target], index);
    }
  }
  return columns;
}

/**
 * Expects two engines to agree: on what the first stage says to `memberTolerance`, on the answers to 1e-5 but for one pair in
 * four thousand.
 */
export function expectSameAnswers(
  seen: ReadonlyMap<string, Float32Array>,
  expected: ReadonlyMap<string, ArrayLike<number>>,
  memberTolerance: number,
): void {
  const distances = (column: string): Float64Array =>
    Float64Array.from(seen.get(column)!, (value, row) => Math.abs(value - expected.get(column)![row]!));
  const farApart = new Set<number>();
  for (const target of TARGETS) {
    const farthest = FIRST_STAGE.map((model) => Math.max(...distances(`${model}_${target}`)));
    expect(Math.max(...farthest)).toBeLessThan(memberTolerance);
    const ofAnswers = distances(target);
    expect(Math.max(...ofAnswers)).toBeLessThan(ACROSS_A_SPLIT);
    for (const [row, distance] of ofAnswers.entries()) if (distance > TOLERANCE) farApart.add(row);
  }
  expect(farApart.size).toBeLessThanOrEqual(SHARE_ACROSS_A_SPLIT * seen.get('like')!.length);
}
