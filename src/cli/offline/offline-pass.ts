import { createEmbeddedBackend } from '../../backends/embedded/create-embedded-backend.js';
import { loadConfig } from '../../config/config.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { CausalWalk } from '../../offline/replay/causal-walk.js';
import { scorePrequentially } from '../../offline/replay/prequential.js';
import { loadRelease } from '../../releases/release.js';
import type { BadRows } from '../bad-rows.js';
import { openProgress } from '../progress.js';
import { type EvaluationOptions, type EvaluationSource, openEvaluationSource } from './evaluation-source.js';
import { createOfflineScorer, type OfflineScorer } from './offline-scorer.js';
import { type EvaluationColumns, ScoredColumns } from './scored-columns.js';

/** Values of each batch that a pass gathers beside the answers of the ensemble. */
export interface PassObserver {
  /** Probabilities of each model for the last batch. */
  readonly members?: ReadonlyMap<string, Float32Array>;
  /** Called after each batch. */
  readonly onBatch?: (rowCount: number) => Promise<void>;
}

/** Parts of an offline pass. */
export interface OfflinePassOptions {
  readonly pipelinePath: string;
  readonly source: Pick<EvaluationOptions, 'in' | 'world' | 'pairs'>;
  readonly badRows: BadRows;
  readonly signal: AbortSignal;
  /** Label of the progress bar. */
  readonly label: string;
  /** Called once, before the first row. Default: nothing else is gathered. */
  readonly observe?: (scorer: OfflineScorer) => PassObserver;
}

/** Rows that a release has scored offline. */
export interface OfflinePass {
  readonly columns: EvaluationColumns;
  /** The same rows once more. */
  readonly source: EvaluationSource;
  readonly pipeline: string;
  readonly releaseId: string;
  /** The statistics of the release have learned all events before this time, Unix seconds. */
  readonly asOfS: number;
}

/**
 * Scores labelled rows by the models of a release, each from the statistics at its own time. Afterwards the statistics learn from the
 * row, as they would online. Engagements in flight at the end of the training are learned first. Closes `badRows`.
 * @throws PairstreamError CANCELLED; INVALID_DATA_FILE for bad rows or none; as loadRelease
 */
export async function scoreOffline(options: OfflinePassOptions): Promise<OfflinePass> {
  const { pipelinePath, badRows, signal, label } = options;
  const warn = (line: string): void => console.error(`warning: ${line}`);
  const backend = createEmbeddedBackend(loadConfig(), warn);
  const columns = new ScoredColumns();
  const progress = openProgress(
    label,
    'rows',
    options.source.in === undefined ? options.source.pairs : undefined,
  );
  try {
    const release = await loadRelease(pipelinePath, backend);
    release.warnings.forEach(warn);
    const { vocabulary, statistics } = release;
    const { asOfS } = statistics;
    const source = openEvaluationSource(options.source, {
      pipelinePath,
      vocabularySize: vocabulary.size,
      asOfS,
    });
    const walk = new CausalWalk({ vocabulary, statistics, knownUntilS: asOfS });
    const scorer = createOfflineScorer(release);
    const { members, onBatch } = options.observe?.(scorer) ?? {};
    for (const rows of source.earlier()) walk.walk(rows, undefined);
    let earlyRowCount = 0;
    const batches = columns.rememberTruths(source.rows(badRows));
    for await (const { rows, probabilities } of scorePrequentially(batches, walk, scorer)) {
      columns.add(rows, probabilities, members);
      earlyRowCount += rows.filter(({ tweetCreatedAtS }) => tweetCreatedAtS < asOfS).length;
      await onBatch?.(rows.length);
      progress.update(columns.rowCount);
      if (signal.aborted) throw new PairstreamError('CANCELLED', `stopped after ${columns.rowCount} rows`);
    }
    if (columns.rowCount === 0)
      throw new PairstreamError('INVALID_DATA_FILE', '0 rows, expected labelled rows to measure on', {
        field: '--in',
      });
    await badRows.close();
    if (earlyRowCount > 0) warn(earlyRowsWarning(earlyRowCount, columns.rowCount, asOfS));
    return { columns: columns.toColumns(), source, pipeline: release.name, releaseId: release.id, asOfS };
  } catch (error) {
    await badRows.abort();
    throw error;
  } finally {
    progress.stop();
    await backend.close();
  }
}

/** Rows from the days on which models and statistics were trained have scores that are too good. */
function earlyRowsWarning(earlyRowCount: number, rowCount: number, asOfS: number): string {
  const end = new Date(asOfS * 1_000).toISOString();
  return `${earlyRowCount} of ${rowCount} rows are earlier than ${end}, where the statistics of the release end: the release may have learned from them, expected later rows`;
}
