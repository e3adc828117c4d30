import { join } from 'node:path';
import type { Rung } from '../../ensemble/ladder.js';
import { CATALOGUE_VERSION } from '../../features/catalogue-version.js';
import { type ArrowColumn, ArrowFileWriter } from '../../files/arrow-file.js';
import { TARGET_COUNT, TARGETS } from '../../pairs/targets.js';
import { FEATURE_FILE_METADATA } from '../../features/feature-file-contract.js';
import type { LadderChoice } from './ladder-choices.js';
import type { TrainedDays } from './trained-days.js';

/** Contents of member files. */
export interface MemberFileLayout {
  /** Models of the pair, in the order of their stages. */
  readonly models: readonly string[];
  /** Undefined when the ladder is not scored. */
  readonly choices: readonly LadderChoice[] | undefined;
  readonly trainedDays: ReadonlyMap<string, TrainedDays | null>;
  readonly vocabularySha256: string;
}

/**
 * Writes what models answer to the rows of a feature file, in the order of its rows, as Arrow: `as_of_s` (float64), then
 * `<model>_<target>` (float32) of every model and `choice<i>_<target>` of every ladder choice. The metadata has the
 * catalogue version and the vocabulary of the feature file, `trained_days` (by model, JSON) and `ladder_choices` (JSON).
 */
export class MemberFile {
  private readonly columns: Record<string, Float32Array | Float64Array> = {};
  private answers: readonly (readonly Float32Array[])[] = [];
  private rowCapacity = 0;

  private constructor(
    private readonly writer: ArrowFileWriter,
    private readonly sources: readonly string[],
  ) {}

  /**
   * Opens `members-<day>.arrow` in a folder that exists.
   * @throws PairstreamError OUTPUT_FAILED, as every method that writes
   */
  static async open(folder: string, day: number, layout: MemberFileLayout): Promise<MemberFile> {
    const { models, choices } = layout;
    const sources = [...models, ...(choices ?? []).map((_, i) => `choice${i}`)];
    const columns: ArrowColumn[] = [
      { name: 'as_of_s', type: 'float64' },
      ...sources.flatMap((source) =>
        TARGETS.map((target) => ({ name: `${source}_${target}`, type: 'float32' as const })),
      ),
    ];
    const path = join(folder, `members-${String(day).padStart(5, '0')}.arrow`);
    return new MemberFile(await ArrowFileWriter.open(path, columns, metadataOf(layout)), sources);
  }

  /** Begins a batch. @param asOfS of each of its rows; the caller must not modify it until the batch is written */
  begin(asOfS: Float64Array): void {
    this.columns['as_of_s'] = asOfS;
    if (asOfS.length <= this.rowCapacity) return;
    this.rowCapacity = asOfS.length;
    this.answers = this.sources.map((source) =>
      TARGETS.map((target) => (this.columns[`${source}_${target}`] = new Float32Array(this.rowCapacity))),
    );
  }

  /**
   * Keeps answers until the batch is written.
   * @param source place of a model, or of a ladder choice after all models
   * @param probabilities row-major [rowCount, 4]; copied
   * @param at row of the batch that the first of them is for
   */
  put(source: number, probabilities: Float32Array, at: number, rowCount: number): void {
    for (const [t, column] of this.answers[source]!.entries())
      for (let row = 0; row < rowCount; row += 1) column[at + row] = probabilities[row * TARGET_COUNT + t]!;
  }

  /** Writes the batch. @param rowCount its rows, for all of which answers were put */
  async write(rowCount: number): Promise<void> {
    await this.writer.writeBatch(this.columns, rowCount);
  }

  /** Finishes the file. */
  async close(): Promise<void> {
    await this.writer.close();
  }

  /** Removes the unfinished file. */
  async abort(): Promise<void> {
    await this.writer.abort();
  }
}

function metadataOf({ choices, trainedDays, vocabularySha256 }: MemberFileLayout): Record<string, string> {
  return {
    [FEATURE_FILE_METADATA.catalogueVersion]: CATALOGUE_VERSION,
    [FEATURE_FILE_METADATA.vocabularySha256]: vocabularySha256,
    trained_days: JSON.stringify(Object.fromEntries(trainedDays)),
    ...(choices === undefined ? {} : { ladder_choices: JSON.stringify(choices.map(describe)) }),
  };
}

function describe({ rung, missing }: LadderChoice, i: number): object {
  return { source: `choice${i}`, rung: rung.name, weights: weightsOf(rung), missing };
}

function weightsOf({ weights }: Rung): Record<string, readonly number[]> {
  return Object.fromEntries([...weights].map(([model, own]) => [model, Array.from(own)]));
}
