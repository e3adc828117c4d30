import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { markdownTable } from '../reference/markdown.js';
import { writeWholeFile } from '../../files/whole-file.js';

const figureSchema = z.object({
  /** Name of the measured quantity. */
  name: z.string(),
  unit: z.string(),
  value: z.number(),
  /** 10 % and 90 % quantiles of repeated measurements. */
  p10: z.number().optional(),
  p90: z.number().optional(),
  /** Target of the figure, as text. */
  target: z.string().optional(),
  note: z.string().optional(),
});
const resultSchema = z.object({
  benchmark: z.string(),
  command: z.string(),
  machine: z.string(),
  commit: z.string(),
  date: z.string(),
  figures: z.array(figureSchema),
});

/** One figure of a benchmark. */
export type Figure = z.infer<typeof figureSchema>;
/** Result of one benchmark run, with machine, commit and date. */
export type BenchResult = z.infer<typeof resultSchema>;

/** Adds machine, commit, date and command to figures. @param command after `./pairstream bench`; default: the name */
export function describeRun(benchmark: string, figures: Figure[], command = benchmark): BenchResult {
  const gib = Math.round(totalmem() / 2 ** 30);
  return {
    benchmark,
    command: `./pairstream bench ${command}`,
    machine: `${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${availableParallelism()} cores, ${gib} GiB, Node ${process.versions.node}`,
    commit: currentCommit(),
    date: new Date().toISOString().slice(0, 10),
    figures,
  };
}

/** Writes <folder>/<benchmark>.json and, from all results in the folder, README.md. */
export function writeResult(folder: string, result: BenchResult): void {
  writeWholeFile(join(folder, `${result.benchmark}.json`), `${JSON.stringify(result, null, 2)}\n`);
  const results = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => readResult(join(folder, name)));
  const sections = results.map((each) => `## ${each.benchmark}\n\n${describe(each)}\n\n${tableOf(each)}`);
  writeWholeFile(
    join(folder, 'README.md'),
    `# Measured figures\n\nWritten by \`make bench\`.\n\n${sections.join('\n\n')}\n`,
  );
}

/** Reads a file that writeResult wrote, of this or of an older commit. @throws ZodError if it is no result */
export function readResult(path: string): BenchResult {
  return resultSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
}

/** The figures as a Markdown table, which also reads well in a terminal. */
export function tableOf({ figures }: BenchResult): string {
  return markdownTable(
    ['figure', 'value', '10 % to 90 %', 'target', 'note'],
    figures.map(({ name, unit, value, p10, p90, target, note }) => [
      name,
      `${round(value)} ${unit}`,
      p10 === undefined || p90 === undefined ? '' : `${round(p10)} to ${round(p90)}`,
      target ?? '',
      note ?? '',
    ]),
  );
}

function describe({ command, machine, commit, date }: BenchResult): string {
  return `\`${command}\` on ${machine}; commit ${commit}, ${date}.`;
}

function round(value: number): string {
  return value >= 1_000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
}

function currentCommit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim();
    const isDirty = git('status', '--porcelain', '--', 'src', 'triton-models', 'pipelines') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${isDirty ? ' with changes' : ''}`;
  } catch {
    return 'unknown';
  }
}
