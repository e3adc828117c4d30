import type { Command } from 'commander';
import { loadConfig } from '../../config/config.js';
import { packagePath } from '../../config/package-files.js';
import { PartialFile } from '../../files/partial-file.js';
import { evaluateLadder, type LadderPredictions } from '../../offline/evaluation/evaluate-ladder.js';
import { evaluatePredictions } from '../../offline/evaluation/evaluate-predictions.js';
import { type EvaluationReport, formatEvaluationReport } from '../../offline/evaluation/evaluation-report.js';
import { BadRows } from '../bad-rows.js';
import { withInterrupt } from '../interrupt.js';
import { openProgress } from '../progress.js';
import { addEvaluationOptions, type EvaluationOptions } from './evaluation-source.js';
import { LadderColumns } from './ladder-columns.js';
import { type PassObserver, scoreOffline } from './offline-pass.js';
import type { OfflineScorer } from './offline-scorer.js';
import type { EvaluationColumns } from './scored-columns.js';

interface EvaluateCommandOptions extends EvaluationOptions {
  readonly pipeline?: string;
  readonly plot?: string;
  readonly ladder?: boolean;
}

/** Adds `evaluate`: measures the models on rows later than their training. */
export function registerEvaluateCommand(program: Command): void {
  const command = program
    .command('evaluate')
    .summary('measure the models on rows later than their training')
    .description(
      'Scores labelled rows later than the training, each from the statistics at its own time. Afterwards the statistics learn from the row, as they would online. Prints AP and RCE per target and popularity group by the official definitions, with 95 % bootstrap intervals, beside the scores of the true probabilities. Without --in, the command generates the rows: the days after the training in the same synthetic world.',
    )
    .option('--pipeline <file>', 'pipeline file (default: the one that a gateway serves)');
  addEvaluationOptions(command, 500_000)
    .option('--plot <file>', 'SVG file for charts of calibration, scores by group, and models')
    .option('--ladder', 'also measure every rung of the degrade ladder, and answers with models missing')
    .addHelpText(
      'after',
      '\nExamples:\n  pairstream evaluate\n  pairstream evaluate --in later/ --json\n  pairstream evaluate --plot evaluation.svg\n  pairstream evaluate --ladder --pairs 100000',
    )
    .action((options: EvaluateCommandOptions) => withInterrupt((signal) => runEvaluate(options, signal)));
}

/** A measured release. */
interface Evaluated {
  readonly report: EvaluationReport;
  readonly pipeline: string;
  readonly releaseId: string;
}

async function runEvaluate(options: EvaluateCommandOptions, signal: AbortSignal): Promise<void> {
  const badRows = new BadRows(options.badRows, options.badRowsOut);
  // A path that cannot be written fails here, before minutes of work.
  const plot = options.plot === undefined ? undefined : await PartialFile.open(options.plot);
  try {
    const { report, pipeline, releaseId } = await evaluate(options, badRows, signal);
    if (plot !== undefined) {
      const { drawEvaluation } = await import('../../offline/charts/evaluation-chart.js');
      await plot.write(drawEvaluation(report, { pipeline, releaseId }));
      await plot.commit();
    }
    console.log(
      options.json === true
        ? JSON.stringify({ releaseId, badRowCount: badRows.count, ...report })
        : formatEvaluationReport(report),
    );
    if (options.json !== true && badRows.summary !== undefined) console.log(badRows.summary);
  } catch (error) {
    await plot?.discard().catch(() => undefined);
    throw badRows.explain(error);
  }
}

async function evaluate(
  options: EvaluateCommandOptions,
  badRows: BadRows,
  signal: AbortSignal,
): Promise<Evaluated> {
  let ladder: LadderColumns | undefined;
  const observe = (scorer: OfflineScorer): PassObserver => {
    ladder = options.ladder === true ? new LadderColumns(scorer) : undefined;
    return {
      // A pipeline with a single model has no members to compare.
      ...(scorer.members.size > 1 ? { members: scorer.members } : {}),
      onBatch: async (rowCount) => await ladder?.add(rowCount),
    };
  };
  const pipelinePath = options.pipeline ?? packagePath(loadConfig().pipeline);
  const pass = { pipelinePath, source: options, badRows, signal, label: 'evaluate', observe };
  const { columns, pipeline, releaseId } = await scoreOffline(pass);
  return { report: evaluateColumns(columns, ladder?.toPredictions(), options), pipeline, releaseId };
}

/** Scores what was gathered, with intervals. */
function evaluateColumns(
  columns: EvaluationColumns,
  ladder: readonly LadderPredictions[] | undefined,
  { resamples: resampleCount, seed }: EvaluateCommandOptions,
): EvaluationReport {
  const resampling = openProgress('intervals', 'resamples', resampleCount);
  const report = evaluatePredictions({
    ...columns,
    resampleCount,
    seed,
    onProgress: (done) => resampling.update(done),
  });
  resampling.stop();
  if (ladder === undefined) return report;
  const measuring = openProgress('ladder', 'answers', ladder.length);
  const { truths: _, ...whole } = columns;
  const cases = evaluateLadder(
    { ...whole, resampleCount, seed, onProgress: (done) => measuring.update(done) },
    ladder,
  );
  measuring.stop();
  return { ...report, ladder: cases };
}
