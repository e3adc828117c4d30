import { Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { prepareFeatures } from './feature-bench.js';
import { createFeatureWorkload } from './feature-workload.js';
import type { Figure } from '../result.js';

const SAMPLING_INTERVAL_US = 200;
const SHOWN_COUNT = 20;
const BATCH_PAIRS = 1_000;

const profileSchema = z.object({
  profile: z.object({
    nodes: z.array(
      z.object({
        id: z.number(),
        callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
      }),
    ),
    samples: z.array(z.number()),
  }),
});

/**
 * Where the time of the whole catalogue with every key goes, every tweet new: the functions with the largest share of
 * their own, by V8's sampler.
 */
export async function profileFeatures(vocabularyPath: string): Promise<Figure[]> {
  const run = prepareFeatures(createFeatureWorkload(vocabularyPath), 1, BATCH_PAIRS, true);
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_INTERVAL_US });
  await session.post('Profiler.start');
  run();
  const { profile } = profileSchema.parse(await session.post('Profiler.stop'));
  session.disconnect();
  const nameOf = new Map(profile.nodes.map(({ id, callFrame }) => [id, describe(callFrame)]));
  const counts = new Map<string, number>();
  for (const sample of profile.samples) {
    const name = nameOf.get(sample) ?? '(unknown)';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN_COUNT)
    .map(([name, count]) => ({ name, unit: '%', value: (100 * count) / profile.samples.length }));
}

function describe({
  functionName,
  url,
  lineNumber,
}: {
  functionName: string;
  url: string;
  lineNumber: number;
}): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (!url.startsWith('file:')) return url === '' ? name : `${name}, ${url}`;
  const [, path = url] = /.*\/dist\/(.*)$/.exec(fileURLToPath(url)) ?? [];
  return `${name}, ${path}:${lineNumber + 1}`;
}
