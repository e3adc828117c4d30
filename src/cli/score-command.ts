import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type PredictInput, type PredictOutput, RequestBuilder, ServerError } from '@pairstream/client';
import { PairstreamError } from '../errors/pairstream-error.js';
import type { PartRow } from '../pairs/part-row.js';
import {
  openPredictionFile,
  predictionFormatOf,
  type PredictionRow,
  type PredictionWriter,
} from '../pairs/prediction-file.js';
import { STANDARD_INPUT } from '../pairs/text-lines.js';
import { findOutput, STANDARD_OUTPUT } from '../files/output-file.js';
import { type BadRowPolicy, BadRows, badRowsOption, badRowsPath, leftOut } from './bad-rows.js';
import { addClientSecurityOptions, type ClientSecurityOptions, clientSecurityOf } from './client-security.js';
import { type GatewayConnection, connectGateway, gatewayFailure } from './gateway-connection.js';
import { withInterrupt } from './interrupt.js';
import { parseCount } from './option-values.js';
import { listPartFiles, readPartFiles } from './part-file-list.js';
import { openProgress } from './progress.js';

/** Requests on their way at a time. */
const MAX_IN_FLIGHT = 8;
/** Requests whose rows are kept because an earlier answer is still out. */
const MAX_UNWRITTEN = 32;

interface ScoreCommandOptions extends ClientSecurityOptions {
  readonly in: string[];
  readonly out: string;
  readonly target?: string;
  readonly batchSize: number;
  readonly minRung?: string;
  readonly badRows: BadRowPolicy;
  readonly header?: boolean;
  readonly json?: boolean;
}

interface RowFailure {
  readonly row: number;
  readonly reason: string;
}

interface ScoreSummary {
  readonly rowCount: number;
  /** Rows that the gateway refused: NaN in the file. */
  readonly failedRowCount: number;
  /** Number, from 1, and reason of the first of them. */
  readonly firstFailure?: RowFailure | undefined;
  /** Lines that were left out by `--bad-rows skip`. */
  readonly badRowCount: number;
  readonly releaseId: string;
  /** Pairs that were scored, by rung of the gateway's ladder. */
  readonly rungs: Readonly<Record<string, number>>;
  /** Models that some of them were scored without. */
  readonly missingMembers: readonly string[];
}

/** Adds `score`: part files through a gateway, predictions out. */
export function registerScoreCommand(program: Command): void {
  addClientSecurityOptions(program.command('score'))
    .summary('score part files through a gateway')
    .description(
      'Sends the rows of part files (with or without labels) through a gateway and writes the predictions in the order of the rows. Each row is scored as of its own tweet time. Without --target, the command starts a gateway in its own process.',
    )
    .requiredOption(
      '--in <path...>',
      'part files, folders of part files (part-* without ending or with .csv, .tsv, .txt, gzipped or not), or - for standard input',
    )
    .requiredOption(
      '--out <file>',
      'file for the predictions: .csv (tweet id, reader id, reply, retweet, quote, like), .csv.gz or .arrow; - writes CSV to standard output and the summary to stderr',
    )
    .option('--target <host:port>', 'address of a running gateway (default: a gateway in this process)')
    .option('--batch-size <n>', 'number of pairs per request', parseCount, 1_000)
    .option(
      '--min-rung <name>',
      'lowest rung of the ladder to accept (default: any); a lower answer ends the run',
    )
    .addOption(badRowsOption('OUT.bad-rows.tsv, or score.bad-rows.tsv if OUT is not a regular file'))
    .option('--header', 'write a first line with column names to the CSV')
    .option('--json', 'print the summary, or the error, as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  pairstream score --in examples/part-00020.tsv --out p.csv --target 127.0.0.1:50051\n  zcat part-00000.gz | pairstream score --in - --out - | head\n\nAn input without rows is not an error: the output is empty, the summary says so, and the exit code is 0.\nIf the reader of a pipe closes it, the command ends without a message and with exit code 0.',
    )
    .action((options: ScoreCommandOptions) => withInterrupt((signal) => runScore(options, signal)));
}

async function runScore(options: ScoreCommandOptions, signal: AbortSignal): Promise<void> {
  if (options.batchSize < 1) {
    throw new PairstreamError('INVALID_CONFIG', '--batch-size is 0, expected 1 or more', {
      field: '--batch-size',
    });
  }
  const out = options.out === '-' ? STANDARD_OUTPUT : options.out;
  if (predictionFormatOf(out) === 'arrow' && options.header === true) {
    const problem = `--header with --out ${options.out}, expected one of them: Arrow files name their columns`;
    throw new PairstreamError('INVALID_CONFIG', problem, { field: '--header' });
  }
  const paths = listPartFiles(options.in);
  refuseOverwrite(paths, out);
  const writer = await openPredictionFile(out, { hasHeader: options.header ?? false });
  const badRows = new BadRows(options.badRows, badRowsPath(out));
  let startedMs: number;
  let summary: ScoreSummary;
  try {
    await using gateway = await connectGateway(options.target, clientSecurityOf(options));
    startedMs = performance.now();
    const batches = readPartFiles(paths, { labels: 'ignored', ...badRows.readOptions });
    const scored = await scoreFiles(gateway, batches, writer, options, signal);
    await writer.close();
    await badRows.close();
    summary = { ...scored, badRowCount: badRows.count };
  } catch (error) {
    // What went wrong first is what is told.
    await writer.abort().catch(() => undefined);
    await badRows.abort().catch(() => undefined);
    if (signal.aborted) throw new PairstreamError('CANCELLED', 'interrupted', { cause: error });
    throw error;
  }
  report(summary, options, (performance.now() - startedMs) / 1_000);
}

function refuseOverwrite(paths: readonly string[], out: string): void {
  const target = findOutput(out);
  if (target.kind !== 'renamed') return;
  const same = paths.find((path) => path !== STANDARD_INPUT && realpathSync(path) === resolve(target.final));
  if (same === undefined) return;
  const problem = `--out ${out} would replace ${same}, which --in reads, expected another file`;
  throw new PairstreamError('INVALID_CONFIG', problem, { field: '--out' });
}

async function scoreFiles(
  { client, address }: GatewayConnection,
  batches: AsyncIterable<PartRow[]>,
  writer: PredictionWriter,
  { batchSize, minRung }: ScoreCommandOptions,
  signal: AbortSignal,
): Promise<Omit<ScoreSummary, 'badRowCount'>> {
  const requests = new RequestQueue(batchSize, minRung === undefined ? {} : { options: { minRung } });
  const ordered = new OrderedWriter(writer, requests);
  const progress = openProgress('score', 'rows');
  try {
    const inputs = requests.read(batches);
    for await (const { index, output } of client.predictStream(inputs, {
      maxInFlight: MAX_IN_FLIGHT,
      signal,
    })) {
      if (output instanceof ServerError) throw output;
      await ordered.put(index, output);
      progress.update(ordered.rowCount);
    }
  } catch (error) {
    throw error instanceof ServerError ? gatewayFailure(error, address, ordered.rowCount) : error;
  } finally {
    progress.stop();
  }
  const { rowCount, failedRowCount, firstFailure, releaseId, rungs, missingMembers } = ordered;
  return {
    rowCount,
    failedRowCount,
    firstFailure,
    releaseId,
    rungs: Object.fromEntries(rungs),
    missingMembers: [...missingMembers],
  };
}

/** Cuts rows into requests, and keeps the rows of each until its answer is written: at most MAX_UNWRITTEN of them. */
class RequestQueue {
  private readonly rowsByIndex = new Map<number, readonly PartRow[]>();
  private requestCount = 0;
  private wake: (() => void) | undefined;

  /** @param extra what every request has beside its rows */
  constructor(
    private readonly batchSize: number,
    private readonly extra: Pick<PredictInput, 'options'>,
  ) {}

  async *read(batches: AsyncIterable<PartRow[]>): AsyncGenerator<PredictInput> {
    const builder = new RequestBuilder();
    let rows: PartRow[] = [];
    for await (const batch of batches) {
      for (const row of batch) {
        builder.addPartRow(row);
        rows.push(row);
        if (rows.length < this.batchSize) continue;
        yield await this.take(builder, rows);
        rows = [];
      }
    }
    if (rows.length > 0) yield await this.take(builder, rows);
  }

  /** Rows of a request whose answer is to be written now; they are forgotten. */
  release(index: number): readonly PartRow[] {
    const rows = this.rowsByIndex.get(index) ?? [];
    this.rowsByIndex.delete(index);
    this.wake?.();
    return rows;
  }

  private async take(builder: RequestBuilder, rows: readonly PartRow[]): Promise<PredictInput> {
    while (this.rowsByIndex.size >= MAX_UNWRITTEN) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    this.rowsByIndex.set(this.requestCount, rows);
    this.requestCount += 1;
    return { ...builder.take(), ...this.extra };
  }
}

/** Writes answers in the order of their requests. */
class OrderedWriter {
  rowCount = 0;
  failedRowCount = 0;
  firstFailure: RowFailure | undefined;
  releaseId = '';
  readonly rungs = new Map<string, number>();
  readonly missingMembers = new Set<string>();
  private nextIndex = 0;
  private readonly waiting = new Map<number, PredictOutput>();

  constructor(
    private readonly writer: PredictionWriter,
    private readonly requests: RequestQueue,
  ) {}

  async put(index: number, output: PredictOutput): Promise<void> {
    this.waiting.set(index, output);
    for (
      let next = this.waiting.get(this.nextIndex);
      next !== undefined;
      next = this.waiting.get(this.nextIndex)
    ) {
      const rows = this.requests.release(this.nextIndex);
      await this.writer.write(toPredictions(rows, next));
      const [failure] = next.rowStatus;
      if (failure !== undefined)
        this.firstFailure ??= { row: this.rowCount + failure.pairIndex + 1, reason: failure.message };
      this.rowCount += rows.length;
      this.failedRowCount += next.rowStatus.length;
      this.releaseId = next.releaseId;
      this.noteRung(next, rows.length - next.rowStatus.length);
      this.waiting.delete(this.nextIndex);
      this.nextIndex += 1;
    }
  }

  private noteRung({ rung, missingMembers }: PredictOutput, scoredCount: number): void {
    if (scoredCount > 0) this.rungs.set(rung, (this.rungs.get(rung) ?? 0) + scoredCount);
    for (const name of missingMembers) this.missingMembers.add(name);
  }
}

function toPredictions(
  rows: readonly PartRow[],
  { reply, retweet, quote, like }: PredictOutput,
): PredictionRow[] {
  return rows.map(({ tweetId, reader }, i) => ({
    tweetId,
    readerId: reader.id,
    probabilities: [reply, retweet, quote, like].map((column) => column[i] ?? Number.NaN),
  }));
}

function report(summary: ScoreSummary, { out, json }: ScoreCommandOptions, elapsedS: number): void {
  const pairsPerSecond = Math.round(summary.rowCount / elapsedS);
  const print = out === '-' || out === STANDARD_OUTPUT ? console.error : console.log;
  if (json === true) {
    print(JSON.stringify({ ...summary, pairsPerSecond, out }));
    return;
  }
  if (summary.rowCount === 0) print(`the input holds no rows: ${out} is empty`);
  else
    print(
      `${summary.rowCount} pairs scored into ${out} in ${elapsedS.toFixed(1)} s (${pairsPerSecond} pairs/s, release ${summary.releaseId || 'not asked'})`,
    );
  const { failedRowCount, firstFailure, badRowCount } = summary;
  if (firstFailure !== undefined)
    print(
      `${failedRowCount} pairs could not be scored: NaN in the file. The first is row ${firstFailure.row}: ${firstFailure.reason}`,
    );
  if (badRowCount > 0) print(`${leftOut(badRowCount)}: left out, see ${badRowsPath(out)}`);
  const missing =
    summary.missingMembers.length === 0 ? '' : ` (missing: ${summary.missingMembers.join(', ')})`;
  const rungs = Object.entries(summary.rungs).map(([rung, pairCount]) => `${pairCount} at ${rung}`);
  if (rungs.length > 0) print(`rungs of the ladder: ${rungs.join(', ')}${missing}`);
}
