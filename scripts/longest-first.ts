import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take half a minute or more beside two others, the longest first. */
const LONGEST = [
  'test/docker/compose.spec.ts',
  'test/training/python-tests.spec.ts',
  'test/model-repository/model-rules.spec.ts',
  'test/training/import-tests.spec.ts',
  'test/backends/triton/chaos.spec.ts',
  'test/docker/images.spec.ts',
  'test/training/training.spec.ts',
  'test/integration/command-line.spec.ts',
  'test/examples/examples.spec.ts',
  'test/guides/add-a-feature.spec.ts',
  'test/integration/evaluate-live.spec.ts',
  'test/training/live-agreement.spec.ts',
  'test/backends/triton/triton-gateway.spec.ts',
  'test/integration/listen.spec.ts',
  'test/nest/nest-cli.spec.ts',
  'test/package/packages.spec.ts',
  'test/workers/crash-under-load.spec.ts',
  'test/workers/replacement.spec.ts',
  'test/workers/threaded-gateway.spec.ts',
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
