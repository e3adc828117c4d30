import type { BatchSlot } from '../../ensemble/batch-slot.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { Release } from '../../releases/release.js';
import {
  checkFeatureFile,
  type FeatureColumns,
  type FeatureFile,
  readFeatureFile,
} from '../replay/feature-file-reader.js';
import { FeatureFileInputs } from './feature-file-inputs.js';
import { type LadderChoice, ladderChoices } from './ladder-choices.js';
import { MemberFile, type MemberFileLayout } from './member-files.js';
import { BATCH_ROWS, StrictEnsemble } from './strict-ensemble.js';
import type { TrainedDays } from './trained-days.js';

/** Feature files to be scored, and the models that score them. */
export interface MembersJob {
  readonly release: Release;
  readonly files: readonly FeatureFile[];
  /** Folder that exists. */
  readonly folder: string;
  readonly trainedDays: ReadonlyMap<string, TrainedDays | null>;
  /** True adds the answers of every rung that may miss models, without each choice of them. */
  readonly scoresLadder: boolean;
  /** Called with the rows scored so far. */
  readonly onProgress?: (rowCount: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Writes what every model of a release answers to the rows of feature files, one member file for each.
 * @returns rows scored
 * @throws PairstreamError INVALID_DATA_FILE for a feature file of another catalogue or vocabulary, or without a column;
 *   OUTPUT_FAILED; CANCELLED when the signal aborts; as StrictEnsemble.run
 */
export async function writeMembers(job: MembersJob): Promise<number> {
  const { release, files } = job;
  for (const { path } of files) await checkFeatureFile(path, release.vocabulary.sha256);
  const scorer = new MemberScorer(release, job.scoresLadder);
  const layout = {
    models: scorer.models,
    choices: scorer.choices,
    trainedDays: job.trainedDays,
    vocabularySha256: release.vocabulary.sha256,
  };
  let rowCount = 0;
  for (const file of files) rowCount = await writeFile(job, file, scorer, layout, rowCount);
  return rowCount;
}

async function writeFile(
  { folder, onProgress, signal }: MembersJob,
  { path, day }: FeatureFile,
  scorer: MemberScorer,
  layout: MemberFileLayout,
  rowsBefore: number,
): Promise<number> {
  let rowCount = rowsBefore;
  const members = await MemberFile.open(folder, day, layout);
  try {
    for await (const columns of readFeatureFile(path)) {
      members.begin(columns.asOfS);
      for (let from = 0; from < columns.rowCount; from += BATCH_ROWS) {
        const count = Math.min(BATCH_ROWS, columns.rowCount - from);
        await scorer.score(columns, from, count, members);
        rowCount += count;
        onProgress?.(rowCount);
        if (signal?.aborted === true)
          throw new PairstreamError('CANCELLED', `stopped after ${rowCount} rows`);
      }
      await members.write(columns.rowCount);
    }
    await members.close();
  } catch (error) {
    await members.abort();
    throw error;
  }
  return rowCount;
}

/** Scores rows of feature files by every model of a release. */
class MemberScorer {
  readonly models: readonly string[];
  readonly choices: readonly LadderChoice[] | undefined;
  private readonly ensemble: StrictEnsemble;
  private readonly inputs: FeatureFileInputs;
  private readonly slot: BatchSlot;

  constructor({ ensemble }: Release, scoresLadder: boolean) {
    this.models = ensemble.stages.flat().map(({ name }) => name);
    this.choices = scoresLadder ? ladderChoices(ensemble) : undefined;
    this.ensemble = new StrictEnsemble(ensemble);
    this.inputs = new FeatureFileInputs(ensemble);
    this.slot = this.ensemble.createSlot();
  }

  /** Scores `count` rows from row `from` on, at most BATCH_ROWS, and puts the answers into a file. */
  async score(columns: FeatureColumns, from: number, count: number, members: MemberFile): Promise<void> {
    const { models, slot, ensemble } = this;
    this.inputs.write(slot, columns, from, count);
    await ensemble.run(slot, count);
    for (const [i, model] of models.entries()) members.put(i, slot.means.get(model)!, from, count);
    for (const [i, { rung, missing }] of (this.choices ?? []).entries()) {
      await ensemble.runWithout(slot, count, new Set(missing), rung);
      members.put(models.length + i, slot.probabilities, from, count);
    }
  }
}
