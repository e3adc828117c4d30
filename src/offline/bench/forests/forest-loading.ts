import { readFileSync } from 'node:fs';
import { readForest } from '../../../backends/forest/files/read-forest.js';
import { ForestEngine } from '../../../backends/forest/forest-engine.js';
import { spreadOf, timeUs } from '../measurement.js';
import type { Figure } from '../result.js';
import type { RecordedForest } from './recorded-forests.js';
import { loadForest } from './walked-forest.js';
import { BYTES_PER_MIB } from '../../../config/byte-units.js';

const ROUNDS = 5;
const MAX_BYTES = 1_024 * BYTES_PER_MIB;

/**
 * Memory of each forest, time to read it and lay it out on this thread, and time of all together on the threads of the engine.
 * @param target of the time of all together
 * @throws PairstreamError INVALID_MODEL
 */
export async function measureLoading(forests: readonly RecordedForest[], target?: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  let totalBytes = 0;
  for (const { location, path } of forests) {
    const { byteLength, scratchBytes } = loadForest(path, 'probabilities');
    totalBytes += byteLength;
    const times = Array.from({ length: ROUNDS }, () => timeUs(() => loadForest(path, 'probabilities')));
    const note = `${sizeOf(path)}; and ${(scratchBytes / BYTES_PER_MIB).toFixed(1)} MiB for each walk at a time`;
    figures.push(memoryFigure(location.name, byteLength, note));
    figures.push(secondsFigure(`${location.name}: read and lay out, one thread`, times));
  }
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) times.push(await timeAllUs(forests));
  const together = secondsFigure("all: load on the engine's threads, with their start", times);
  return [
    ...figures,
    memoryFigure('all', totalBytes, 'without the memory of walks'),
    { ...together, ...(target === undefined ? {} : { target }) },
  ];
}

/** Microseconds that an engine takes from its start until all forests are loaded. */
async function timeAllUs(forests: readonly RecordedForest[]): Promise<number> {
  const startedMs = performance.now();
  const engine = new ForestEngine({ threadCount: 0, maxBytes: MAX_BYTES });
  try {
    const loaded = await Promise.all(forests.map(({ location }) => engine.load(location)));
    const elapsedUs = (performance.now() - startedMs) * 1_000;
    for (const forest of loaded) if (forest.kind === 'unsupported') throw forest.error;
    return elapsedUs;
  } finally {
    await engine.close();
  }
}

function memoryFigure(name: string, bytes: number, note: string): Figure {
  return { name: `${name}: memory`, unit: 'MiB', value: bytes / BYTES_PER_MIB, note };
}

/** Number of trees and nodes of a model file. */
function sizeOf(path: string): string {
  const { trees } = readForest(readFileSync(path), path);
  const nodeCount = trees.reduce((sum, { value }) => sum + value.length, 0);
  return `${trees.length.toLocaleString('en-US')} trees, ${nodeCount.toLocaleString('en-US')} nodes`;
}

function secondsFigure(name: string, timesUs: readonly number[]): Figure {
  const { median: value, p10, p90 } = spreadOf(timesUs.map((us) => us / 1e6));
  return { name, unit: 's', value, p10, p90 };
}
