import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take minutes, the longest first. */
const LONGEST = [
  'test/training/training.spec.ts',
  'test/docker/compose.spec.ts',
  'test/backends/triton/chaos.spec.ts',
  'test/model-repository/model-rules.spec.ts',
  'test/integration/command-line.spec.ts',
  'test/guides/add-a-feature.spec.ts',
];

/**
 * Starts the longest files first, so that no core is idle while the last one runs. Vitest would order files by their earlier times,
 * which a fresh clone does not have.
 */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONGEST.findIndex((path) => moduleId.endsWith(path));
  return rank < 0 ? LONGEST.length : rank;
}
