import { readFileSync } from 'node:fs';
import {
  chunk,
  linearRegression,
  linearRegressionLine,
  mean,
  sumNthPowerDeviations,
} from 'simple-statistics';

const KIB = 1_024;
/** Neighbouring samples of memory are alike: the line goes through the means of so many blocks of samples. */
const BLOCKS = 10;
/** 97.5 % quantile of Student's t with BLOCKS - 2 degrees of freedom. */
const T = 2.306;

/** Memory of a process that no file backs, bytes: heaps, array buffers, stacks. Linux. */
export function anonymousBytes(pid: number): number {
  const [, kib] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  if (kib === undefined) throw new Error(`process ${pid} has no RssAnon`);
  return Number(kib) * KIB;
}

/** A sample: something that grows evenly (time, messages), and the memory at that moment in bytes. */
export type MemorySample = readonly [at: number, bytes: number];

/** Slope of a line through samples, in bytes per unit of `at`, with its interval of 95 %. */
export interface Slope {
  readonly slope: number;
  readonly low: number;
  readonly high: number;
}

/** Fits a line through the means of ten blocks of samples by least squares. @param samples at least 10 */
export function slopeOf(samples: readonly MemorySample[]): Slope {
  if (samples.length < BLOCKS) throw new Error(`${samples.length} samples, expected ${BLOCKS} or more`);
  const means = chunk([...samples], Math.ceil(samples.length / BLOCKS)).map((block) => [
    mean(block.map(([at]) => at)),
    mean(block.map(([, bytes]) => bytes)),
  ]);
  const line = linearRegression(means);
  const lineAt = linearRegressionLine(line);
  const residuals = means.map(([at, bytes]) => bytes! - lineAt(at!));
  const spread = sumNthPowerDeviations(
    means.map(([at]) => at!),
    2,
  );
  const error = Math.sqrt(sumNthPowerDeviations(residuals, 2) / (means.length - 2) / spread);
  return { slope: line.m, low: line.m - T * error, high: line.m + T * error };
}
