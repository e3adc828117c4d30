import { dirname, join } from 'node:path';
import { type Command, Option } from 'commander';
import { createEmbeddedBackend } from '../../backends/embedded/create-embedded-backend.js';
import { drawEvaluation } from '../../offline/charts/evaluation-chart.js';
import { loadConfig } from '../../config/config.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { evaluatePredictions } from '../../offline/evaluation/evaluate-predictions.js';
import { type EvaluationReport, formatEvaluationReport } from '../../offline/evaluation/evaluation-report.js';
import { evaluateLadder, type LadderPredictions } from '../../offline/evaluation/evaluate-ladder.js';
import { packagePath } from '../../config/package-files.js';
import { readPipelineFile } from '../../releases/pipeline-file.js';
import { loadRelease } from '../../releases/release.js';
import { CausalWalk } from '../../offline/replay/causal-walk.js';
import { scorePrequentially } from '../../offline/replay/prequential.js';
import { PartialFile } from '../../files/partial-file.js';
import { World } from '../../offline/world/world.js';
import { type BadRowPolicy, BadRows, badRowsOption } from '../bad-rows.js';
import {
  firstHeldOutDay,
  heldOutRows,
  readWorldParameters,
  rowsInFlight,
  rowsOfFiles,
  type TrueRows,
} from './evaluation-rows.js';
import { withInterrupt } from '../interrupt.js';
import { LadderColumns } from './ladder-columns.js';
import { labelledRowOptions } from './labelled-rows.js';
import { createOfflineScorer } from './offline-scorer.js';
import { parseCount } from '../option-values.js';
import { listPartFiles } from '../part-file-list.js';
import { openProgress } from '../progress.js';
import { type EvaluationColumns, ScoredColumns } from './scored-columns.js';

interface EvaluateCommandOptions {
  readonly pipeline?: string;
  readonly in?: string[];
  readonly world?: string;
  readonly pairs: number;
  readonly resamples: number;
  readonly seed: number;
  readonly plot?: string;
  readonly badRows: BadRowPolicy;
  readonly badRowsOut: string;
  readonly ladder?: boolean;
  readonly json?: boolean;
}

/** Adds `evaluate`: measures the models on rows later than their training. */
export function registerEvaluateCommand(program: Command): void {
  program
    .command('evaluate')
    .summary('measure the models on rows later than their training')
    .description(
      'Scores labelled rows later than the training, each from the statistics at its own time. Afterwards the statistics learn from the row, as they would online. Prints AP and RCE per target and popularity group by the official definitions, with 95 % bootstrap intervals, beside the scores of the true probabilities. Without --in, the command generates the rows: the days after the training in the same synthetic world.',
    )
    .option('--pipeline <file>', 'pipeline file (default: the one that a gateway serves)')
    .addOption(
      new Option(
        '--in <path...>',
        'labelled part files, or folders of part files, later than the training, instead of generated rows; truth-*.csv beside them is used',
      ).conflicts(['pairs', 'world']),
    )
    .option('--world <file>', 'world.json of the training (default: beside the vocabulary)')
    .option('--pairs <n>', 'number of held-out rows to generate', parseCount, 500_000)
    .option('--resamples <n>', 'number of bootstrap resamples', parseCount, 200)
    .option('--seed <n>', 'seed of the resamples', parseCount, 1)
    .option('--plot <file>', 'SVG file for charts of calibration, scores by group, and models')
    .option('--ladder', 'also measure every rung of the degrade ladder, and answers with models missing')
    .addOption(badRowsOption('the file of --bad-rows-out'))
    .option('--bad-rows-out <file>', 'file for the lines that --bad-rows skip leaves out', 'bad-rows.tsv')
    .option('--json', 'print the report as JSON')
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
    await plot?.write(drawEvaluation(report, { pipeline, releaseId }));
    await plot?.commit();
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
  const config = loadConfig();
  const pipelinePath = options.pipeline ?? packagePath(config.pipeline);
  const backend = createEmbeddedBackend(config, (line) => console.error(`warning: ${line}`));
  const release = await loadRelease(pipelinePath, backend);
  for (const warning of release.warnings) console.error(`warning: ${warning}`);
  const { vocabulary, statistics } = release;
  const scorer = createOfflineScorer(release);
  // A pipeline with a single model has no members to compare.
  const members = scorer.members.size > 1 ? scorer.members : undefined;
  const walk = new CausalWalk({ vocabulary, statistics, knownUntilS: statistics.asOfS });
  const progress = openProgress('evaluate', 'rows', options.in === undefined ? options.pairs : undefined);
  const columns = new ScoredColumns();
  const ladder = options.ladder === true ? new LadderColumns(scorer) : undefined;
  let earlyRowCount = 0;
  try {
    for await (const { rows, probabilities } of scorePrequentially(
      columns.rememberTruths(
        options.in === undefined
          ? heldOut(options, pipelinePath, walk, statistics.asOfS)
          : rowsOfFiles(
              listPartFiles(options.in),
              labelledRowOptions(badRows, vocabulary.size),
              () => badRows.count,
            ),
      ),
      walk,
      scorer,
    )) {
      columns.add(rows, probabilities, members);
      earlyRowCount += rows.filter(({ tweetCreatedAtS }) => tweetCreatedAtS < statistics.asOfS).length;
      await ladder?.add(rows.length);
      progress.update(columns.rowCount);
      if (signal.aborted) throw new PairstreamError('CANCELLED', `stopped after ${columns.rowCount} rows`);
    }
    if (columns.rowCount === 0)
      throw new PairstreamError('INVALID_DATA_FILE', '0 rows, expected labelled rows to measure on', {
        field: '--in',
      });
    await badRows.close();
  } catch (error) {
    await badRows.abort();
    throw error;
  } finally {
    progress.stop();
    await backend.close();
  }
  if (earlyRowCount > 0) warnOfEarlyRows(earlyRowCount, columns.rowCount, statistics.asOfS);
  const report = evaluateColumns(columns.toColumns(), ladder?.toPredictions(), options);
  return { report, pipeline: release.name, releaseId: release.id };
}

/** Warns of rows from the days on which models and statistics were trained: their scores are too good. */
function warnOfEarlyRows(earlyRowCount: number, rowCount: number, asOfS: number): void {
  const end = new Date(asOfS * 1_000).toISOString();
  console.error(
    `warning: ${earlyRowCount} of ${rowCount} rows are earlier than ${end}, where the statistics of the release end: the release may have learned from them, expected later rows`,
  );
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

/** The days after the training; the engagements in flight when the training ended are learned first. */
function* heldOut(
  options: EvaluateCommandOptions,
  pipelinePath: string,
  walk: CausalWalk,
  asOfS: number,
): Generator<TrueRows> {
  const worldPath =
    options.world ?? join(dirname(readPipelineFile(pipelinePath).vocabularyPath), 'world.json');
  const world = new World(readWorldParameters(worldPath));
  const day = firstHeldOutDay(world, asOfS);
  for (const rows of rowsInFlight(world, day)) walk.walk(rows, undefined);
  yield* heldOutRows(world, day, options.pairs);
}
