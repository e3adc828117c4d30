import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import LongestFirst from './scripts/longest-first.js';

export default defineConfig({
  test: {
    include: ['src/**/*.spec.ts', 'packages/*/src/**/*.spec.ts', 'test/**/*.spec.ts'],
    // Limits hold on two cores that many others use: a test that takes 10 s alone may take ten times as long.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // A poll ends as soon as its condition holds; Vitest's own limit is 1 s. Shorter than that of a test, so that the condition is named.
    expect: { poll: { timeout: 150_000 } },
    // Many files wait for processes that they start, so three run at once on two cores.
    maxWorkers: Math.max(3, availableParallelism()),
    sequence: { sequencer: LongestFirst },
    execArgv: ['--import', new URL('scripts/typescript-resolution.mjs', import.meta.url).href],
    reporters: ['default', './scripts/summary-reporter.ts'],
  },
});
