import type { InputMatrix, RowRange } from '../backends/backend.js';
import type { BatchSlot } from '../ensemble/batch-slot.js';
import { DistinctRows } from '../pairs/distinct-rows.js';
import type { Hash64 } from '../pairs/murmur3.js';
import { CATALOGUE } from './catalogue.js';
import { type FeatureMatrix, FeaturePlan } from './feature-plan.js';
import { type TextScope, textScopeOf } from './key-components.js';
import { TWEET_FEATURES } from './tweet-features.js';
import { TWEET_WIDTH, TweetRows } from './tweet-rows.js';
import type { StatisticsTables } from '../statistics/statistics-tables.js';
import type { Vocabulary } from './text/vocabulary.js';
import type { BoundInput, IndexColumn } from './bound-input.js';

/** The inputs of one model. */
export interface InputsOfModel {
  readonly model: string;
  readonly inputs: readonly BoundInput[];
}

/** An input of features, for whoever explains a row. */
export interface FeatureInput {
  readonly model: string;
  readonly tensor: string;
  readonly names: readonly string[];
}

/** Receives the lanes of a key. */
const KEY: Hash64 = { lo: 0, hi: 0 };

/**
 * Writes rows into slots: those of the models of the pair, and, once per distinct tweet of a call, those of the towers.
 * One instance serves one thread; it owns its buffers.
 */
export class InputWriter {
  readonly featureInputs: readonly FeatureInput[];
  private readonly plan: FeaturePlan;
  private readonly indexInputs: readonly { model: string; tensor: string; columns: readonly IndexColumn[] }[];
  private readonly towers: readonly { name: string; inputs: TowerInputs }[];
  /** Components of the text that the models need. */
  private readonly textScope: TextScope;
  /** Tweets of the range that is being written, in the order of their rows in the towers. */
  private readonly distinctTweets = new DistinctRows(1);
  private readonly tweetKey = new Int32Array(1);

  /**
   * @param writesCatalogue true if `write` can also write the whole catalogue: all key sets are then looked up
   * @throws PairstreamError INVALID_SNAPSHOT for a table that is missing
   */
  constructor(
    models: readonly InputsOfModel[],
    towers: readonly InputsOfModel[],
    private readonly vocabulary: Vocabulary,
    private readonly statistics: StatisticsTables,
    writesCatalogue = false,
  ) {
    const all = models.flatMap(({ model, inputs }) => inputs.map((input) => ({ model, ...input })));
    const features = all.flatMap(({ model, tensor, source }) =>
      source.kind === 'features' ? [{ model, tensor, definitions: source.definitions }] : [],
    );
    this.featureInputs = features.map(({ model, tensor, definitions }) => ({
      model,
      tensor,
      names: definitions.map(({ name }) => name),
    }));
    const lists = features.map(({ definitions }) => definitions);
    this.plan = new FeaturePlan(writesCatalogue ? [...lists, CATALOGUE] : lists, statistics);
    this.indexInputs = all.flatMap(({ model, tensor, source }) =>
      source.kind === 'indexes' ? [{ model, tensor, columns: source.columns }] : [],
    );
    this.towers = towers.map(({ model, inputs }) => ({ name: model, inputs: new TowerInputs(inputs) }));
    const ofIndexes = [...models, ...towers]
      .flatMap(({ inputs }) => inputs)
      .flatMap(({ source }) => (source.kind === 'indexes' ? source.columns : []))
      .flatMap(({ key }) => key.component ?? []);
    this.textScope = textScopeOf([...ofIndexes, ...this.plan.components]);
  }

  /**
   * Allocates the rows of the tweets of one request.
   * @param needsText true to compute all components of the text, whatever the models need. Default: false
   */
  createTweetRows(needsText = false): TweetRows {
    return new TweetRows(this.vocabulary, this.statistics, needsText ? 'all' : this.textScope);
  }

  /**
   * Writes rows of a request into a slot; batch row 0 begins a new batch.
   * @param tweetRows made by `createTweetRows`, begun with a valid batch
   * @param pairIndexes the pair of each row of the request
   * @param catalogue also receives every feature of the catalogue, in the same batch rows: the values that the models get. Only if
   *   the writer was made with `writesCatalogue`. Default: not written
   */
  write(
    tweetRows: TweetRows,
    pairIndexes: Uint32Array,
    range: RowRange,
    slot: BatchSlot,
    catalogue?: FeatureMatrix,
  ): void {
    if (this.featureInputs.length > 0 || catalogue !== undefined) {
      const matrices = this.featureInputs.map((input) => featureMatrixOf(slot, input));
      if (catalogue !== undefined) matrices.push(catalogue);
      this.plan.write(tweetRows, pairIndexes, range, matrices);
    }
    this.writeIndexInputs(tweetRows, pairIndexes, range, slot);
    if (this.towers.length > 0) this.writeTowers(tweetRows, pairIndexes, range, slot);
  }

  private writeIndexInputs(
    tweetRows: TweetRows,
    pairIndexes: Uint32Array,
    { batchRow, requestRow, rowCount }: RowRange,
    slot: BatchSlot,
  ): void {
    const { tweetIndex, readerIndex } = tweetRows.batch.pairs;
    for (const { model, tensor, columns } of this.indexInputs) {
      const matrix = slot.inputs.get(model)!.get(tensor)!;
      for (let i = 0; i < rowCount; i += 1) {
        const pair = pairIndexes[requestRow + i]!;
        writeIndexes(tweetRows, tweetIndex[pair]!, readerIndex[pair]!, columns, matrix, batchRow + i);
      }
    }
  }

  /** Writes each distinct tweet of a range into every tower, and for each row of the batch which row of the towers is its tweet's. */
  private writeTowers(
    tweetRows: TweetRows,
    pairIndexes: Uint32Array,
    { batchRow, requestRow, rowCount }: RowRange,
    slot: BatchSlot,
  ): void {
    const { distinctTweets, tweetKey } = this;
    const { tweetIndex } = tweetRows.batch.pairs;
    for (const { name, inputs } of this.towers) {
      const tower = slot.towers.get(name)!;
      if (batchRow === 0) tower.rowCount = 0;
      const firstTweetRow = tower.rowCount;
      distinctTweets.clear();
      for (let i = 0; i < rowCount; i += 1) {
        const tweet = tweetIndex[pairIndexes[requestRow + i]!]!;
        tweetKey[0] = tweet;
        const tweetRow = firstTweetRow + distinctTweets.findOrAdd(tweetKey, 0);
        if (tweetRow === tower.rowCount) {
          inputs.write(tweetRows, tweet, tower.inputs, tweetRow);
          tower.rowCount += 1;
        }
        tower.rowOfPair[batchRow + i] = tweetRow;
      }
    }
  }
}

/** The matrix of an input of features. */
export function featureMatrixOf(slot: BatchSlot, { model, tensor }: FeatureInput): FeatureMatrix {
  const { data, width } = slot.inputs.get(model)!.get(tensor)!;
  if (!(data instanceof Float32Array)) throw new TypeError(`${model}.${tensor} is no FP32 matrix`);
  return { data, width };
}

/** Writes the rows of one tower. */
class TowerInputs {
  private readonly valueAt: ReadonlyMap<string, Int32Array>;

  constructor(private readonly inputs: readonly BoundInput[]) {
    this.valueAt = new Map(
      inputs.flatMap(({ tensor, source }) =>
        source.kind === 'features'
          ? [[tensor, Int32Array.from(source.definitions, (feature) => TWEET_FEATURES.indexOf(feature))]]
          : [],
      ),
    );
  }

  /** Writes a tweet of a request into row `row` of every input. */
  write(tweetRows: TweetRows, tweet: number, matrices: ReadonlyMap<string, InputMatrix>, row: number): void {
    tweetRows.ensure(tweet);
    for (const { tensor, source } of this.inputs) {
      const matrix = matrices.get(tensor)!;
      if (source.kind === 'tokens') writeTokens(tweetRows, tweet, matrix, row);
      else if (source.kind === 'indexes') writeIndexes(tweetRows, tweet, 0, source.columns, matrix, row);
      else this.writeFeatures(tweetRows, tweet, this.valueAt.get(tensor)!, matrix, row);
    }
  }

  private writeFeatures(
    { values }: TweetRows,
    tweet: number,
    valueAt: Int32Array,
    { data, width }: InputMatrix,
    row: number,
  ): void {
    const from = tweet * TWEET_WIDTH;
    for (let i = 0; i < valueAt.length; i += 1) data[row * width + i] = values[from + valueAt[i]!]!;
  }
}

/** The first tokens of a tweet, padded with zeros. */
function writeTokens({ batch }: TweetRows, tweet: number, { data, width }: InputMatrix, row: number): void {
  const { tokens, tokenOffset } = batch.tweets;
  const from = tokenOffset[tweet]!;
  const count = Math.min(width, tokenOffset[tweet + 1]! - from);
  const at = row * width;
  for (let i = 0; i < count; i += 1) data[at + i] = tokens[from + i]!;
  data.fill(0, at + count, at + width);
}

function writeIndexes(
  tweetRows: TweetRows,
  tweet: number,
  reader: number,
  columns: readonly IndexColumn[],
  { data, width }: InputMatrix,
  row: number,
): void {
  tweetRows.ensure(tweet);
  for (let c = 0; c < columns.length; c += 1) {
    const { key, map } = columns[c]!;
    key.read(tweetRows, tweet, reader, KEY);
    data[row * width + c] = map.indexOf(KEY.lo, KEY.hi);
  }
}
