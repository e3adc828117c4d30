import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelHandle } from '../../../backends/backend.js';
import { EmbeddedBackend } from '../../../backends/embedded/embedded-backend.js';
import { withOwnOutputs } from '../ensemble/recorded-calls.js';
import { spreadOf } from '../measurement.js';
import type { Figure } from '../result.js';
import type { RecordedForest } from './recorded-forests.js';

const ROUNDS = 7;
const ROUND_MS = 1_500;
const LANES = 4;
/** Period of the timer whose delay is measured. */
const RESOLUTION_MS = 1;
const NS_PER_MS = 1e6;
const TARGET = '<= 20';

/**
 * Measures how long the event loop is blocked while forests answer four calls of 1,024 rows at once in the embedded backend.
 * @throws PairstreamError INVALID_MODEL, BACKEND_FAILED
 */
export async function measureLoopBlocks(forests: readonly RecordedForest[]): Promise<Figure> {
  const backend = new EmbeddedBackend();
  try {
    const models = await Promise.all(
      forests.map(({ location }) => backend.load(location, () => Promise.resolve())),
    );
    const idleMs = Math.max(...(await longestBlocksMs()));
    const over = new AbortController();
    const lanes = Array.from({ length: LANES }, (_, lane) => answerCalls(forests, models, lane, over.signal));
    // A lane that fails ends the measurement.
    const blocksMs = await Promise.race([longestBlocksMs(), Promise.all(lanes)]);
    over.abort();
    await Promise.all(lanes);
    return blockFigure(blocksMs.flat(), idleMs);
  } finally {
    await backend.close();
  }
}

/** Longest block of each round, milliseconds. The first round warms up and does not count. */
async function longestBlocksMs(): Promise<number[]> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const blocksMs: number[] = [];
  delay.enable();
  for (let round = 0; round <= ROUNDS; round += 1) {
    delay.reset();
    await sleep(ROUND_MS);
    if (round > 0) blocksMs.push(delay.max / NS_PER_MS - RESOLUTION_MS);
  }
  delay.disable();
  return blocksMs;
}

/** Runs one call after another, each of the next forest, with rows of its own. */
async function answerCalls(
  forests: readonly RecordedForest[],
  models: readonly ModelHandle[],
  lane: number,
  signal: AbortSignal,
): Promise<never[]> {
  const callsOf = forests.map(({ calls }) => withOwnOutputs(calls));
  const context = { deadlineMs: Infinity, signal: new AbortController().signal };
  for (let i = lane; !signal.aborted; i += 1) {
    const calls = callsOf[i % callsOf.length]!;
    const { rowCount, inputs, outputs } = calls[i % calls.length]!;
    await models[i % models.length]!.infer(rowCount, inputs, outputs, context);
  }
  return [];
}

/**
 * The longest block of all rounds, with the spread of the longest blocks of the rounds.
 * @param idleMs longest block without calls, which the machine causes
 */
function blockFigure(blocksMs: readonly number[], idleMs: number): Figure {
  const { p10, p90 } = spreadOf(blocksMs);
  return {
    name: 'longest block of the event loop, four calls of 1,024 rows at once',
    unit: 'ms',
    value: Math.max(...blocksMs),
    p10,
    p90,
    target: TARGET,
    note: `longest of ${blocksMs.length} rounds of ${ROUND_MS / 1_000} s; without calls: ${idleMs.toFixed(1)} ms`,
  };
}
