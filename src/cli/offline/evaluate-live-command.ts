import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ServerError } from '@pairstream/client';
import { loadConfig } from '../../config/config.js';
import { packagePath } from '../../config/package-files.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { evaluatePredictions } from '../../offline/evaluation/evaluate-predictions.js';
import {
  formatLiveReport,
  type LiveReport,
  liveReportOf,
  PREQUENTIAL,
  WITHOUT_FEEDBACK,
} from '../../offline/evaluation/live-report.js';
import { BadRows } from '../bad-rows.js';
import { connectGateway, gatewayFailure } from '../gateway-connection.js';
import { withInterrupt } from '../interrupt.js';
import { parseCount } from '../option-values.js';
import { openProgress } from '../progress.js';
import { addEvaluationOptions, type EvaluationOptions, expectRereadable } from './evaluation-source.js';
import { type LiveEventCounts, LiveScorer } from './live-scorer.js';
import { type OfflinePass, scoreOffline } from './offline-pass.js';
import { type EvaluationColumns, ScoredColumns } from './scored-columns.js';

interface EvaluateLiveOptions extends EvaluationOptions {
  readonly batchSize: number;
}

/** Adds `evaluate-live`: measures a gateway that learns while it serves. */
export function registerEvaluateLiveCommand(program: Command): void {
  const command = program
    .command('evaluate-live')
    .summary('measure a gateway that learns while it serves')
    .description(
      'Serves labelled rows later than the training in event time: a gateway in this process predicts them, and gets their impressions and engagements as feedback, each before the first request with a later row. Scores the same rows offline, each from the statistics at its own time, and by a gateway without feedback. Prints the RCE of the three, and the differences with paired 95 % bootstrap intervals. Without --in, the command generates the rows: the days after the training in the same synthetic world.',
    );
  addEvaluationOptions(command, 100_000)
    .option('--batch-size <n>', 'number of rows per request', parseCount, 100)
    .addHelpText(
      'after',
      '\nExamples:\n  pairstream evaluate-live --pairs 20000\n  pairstream evaluate-live --in later/ --bad-rows skip',
    )
    .action((options: EvaluateLiveOptions) => withInterrupt((signal) => runEvaluateLive(options, signal)));
}

async function runEvaluateLive(options: EvaluateLiveOptions, signal: AbortSignal): Promise<void> {
  if (options.batchSize < 1)
    throw new PairstreamError('INVALID_CONFIG', '--batch-size is 0, expected 1 or more', {
      field: '--batch-size',
    });
  const badRows = new BadRows(options.badRows, options.badRowsOut);
  try {
    const { releaseId, events, ...report } = await evaluateLive(options, badRows, signal);
    if (options.json === true) {
      console.log(JSON.stringify({ releaseId, badRowCount: badRows.count, events, ...report }));
      return;
    }
    console.log(formatLiveReport(report));
    console.log(
      `\nfeedback: ${events.acceptedCount} events accepted, ${events.duplicateCount} duplicates, ${events.tooOldCount} too old`,
    );
    if (badRows.summary !== undefined) console.log(badRows.summary);
  } catch (error) {
    if (signal.aborted) throw new PairstreamError('CANCELLED', 'interrupted', { cause: error });
    throw badRows.explain(error);
  }
}

/** A measured gateway. */
type Measured = LiveReport & { readonly releaseId: string; readonly events: LiveEventCounts };

async function evaluateLive(
  options: EvaluateLiveOptions,
  badRows: BadRows,
  signal: AbortSignal,
): Promise<Measured> {
  expectRereadable(options.in);
  const pipelinePath = packagePath(loadConfig().pipeline);
  const offline = await scoreOffline({ pipelinePath, source: options, badRows, signal, label: 'offline' });
  const stateDir = mkdtempSync(join(tmpdir(), 'pairstream-evaluate-'));
  try {
    const frozen = await scoreByGateway('', offline, options, badRows, signal);
    const live = await scoreByGateway(stateDir, offline, options, badRows, signal);
    const members = [
      { name: PREQUENTIAL, probabilities: offline.columns.probabilities },
      { name: WITHOUT_FEEDBACK, probabilities: frozen.columns.probabilities },
    ];
    const { resamples: resampleCount, seed } = options;
    const evaluation = evaluatePredictions({ ...live.columns, members, resampleCount, seed });
    return { releaseId: offline.releaseId, events: live.events, ...liveReportOf(evaluation) };
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
}

/** Scores the rows by a gateway of this process. @param stateDir empty: the gateway takes no feedback */
async function scoreByGateway(
  stateDir: string,
  { source, asOfS, columns: { rowCount } }: OfflinePass,
  { batchSize }: EvaluateLiveOptions,
  badRows: BadRows,
  signal: AbortSignal,
): Promise<{ readonly columns: EvaluationColumns; readonly events: LiveEventCounts }> {
  await using gateway = await connectGateway(undefined, {}, { stateDir, eventLog: 'embedded' });
  const { client, address } = gateway;
  const { feedback } = await client.getServerInfo({ signal });
  const maxEventCount = stateDir === '' ? 0 : feedback.maxEventsPerRequest;
  const scorer = new LiveScorer({ client, batchSize, maxEventCount, asOfS, signal });
  const columns = new ScoredColumns();
  const progress = openProgress(stateDir === '' ? 'without feedback' : 'live', 'rows', rowCount);
  try {
    for (const rows of source.earlier()) await scorer.learn(rows);
    for await (const rows of columns.rememberTruths(source.rows(badRows.again()))) {
      columns.add(rows, await scorer.score(rows));
      progress.update(columns.rowCount);
    }
  } catch (error) {
    throw error instanceof ServerError ? gatewayFailure(error, address, columns.rowCount) : error;
  } finally {
    progress.stop();
  }
  if (columns.rowCount !== rowCount)
    throw new PairstreamError(
      'INVALID_DATA_FILE',
      `${columns.rowCount} rows, expected ${rowCount} as before: the files of --in must not change while they are read`,
      { field: '--in' },
    );
  return { columns: columns.toColumns(), events: scorer.events };
}
