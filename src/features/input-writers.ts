import type { BatchSlot } from '../ensemble/batch-slot.js';
import type { TowerSlot } from '../ensemble/model-input.js';
import { TWEET_FEATURES } from './catalogue.js';
import { type FeatureMatrix, FeaturePlan } from './feature-plan.js';
import { TWEET_WIDTH, TweetRows } from './tweet-rows.js';
import type { Hash64 } from '../pairs/murmur3.js';
import type { InputMatrix } from '../backends/backend.js';
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
  /** Whether the names in texts are looked for. */
  private readonly hasNames: boolean;
  /** Per tweet: the call that wrote it into the towers last, and where. */
  private tweetCall = new Int32Array(0);
  private tweetRow = new Int32Array(0);
  private call = 0;

  /** @throws PairstreamError INVALID_SNAPSHOT for a table that is missing */
  constructor(
    models: readonly InputsOfModel[],
    towers: readonly InputsOfModel[],
    private readonly vocabulary: Vocabulary,
    private readonly statistics: StatisticsTables,
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
    this.plan = FeaturePlan.compileOutputs(lists, vocabulary, statistics);
    this.indexInputs = all.flatMap(({ model, tensor, source }) =>
      source.kind === 'indexes' ? [{ model, tensor, columns: source.columns }] : [],
    );
    this.towers = towers.map(({ model, inputs }) => ({ name: model, inputs: new TowerInputs(inputs) }));
    const hasTextIndexes = [...models, ...towers]
      .flatMap(({ inputs }) => inputs)
      .some(
        ({ source }) => source.kind === 'indexes' && source.columns.some(({ key }) => isTextKey(key.name)),
      );
    this.hasNames = hasTextIndexes || this.plan.needsNames;
  }

  /** Makes what holds the tweets of one message while it is written. */
  createMessage(): TweetRows {
    return new TweetRows(this.vocabulary, this.statistics, this.hasNames);
  }

  /**
   * Writes pairs pairIndexes[from .. to) of a message into rows startRow ... of a slot; row 0 begins a new batch.
   * @param message of `createMessage`, whose batch is valid
   */
  write(
    message: TweetRows,
    pairIndexes: Uint32Array,
    from: number,
    to: number,
    slot: BatchSlot,
    startRow: number,
  ): void {
    if (this.featureInputs.length > 0) {
      const matrices = this.featureInputs.map((input) => featureMatrixOf(slot, input));
      this.plan.writeOutputs(message, pairIndexes, from, to, matrices, startRow);
    }
    const { tweetIndex, readerIndex } = message.batch.pairs;
    for (const { model, tensor, columns } of this.indexInputs) {
      const matrix = slot.inputs.get(model)!.get(tensor)!;
      for (let i = from; i < to; i += 1) {
        const pair = pairIndexes[i]!;
        writeIndexes(message, tweetIndex[pair]!, readerIndex[pair]!, columns, matrix, startRow + i - from);
      }
    }
    for (const tower of this.towers)
      this.writeTower(message, pairIndexes, from, to, tower.inputs, slot.towers.get(tower.name)!, startRow);
  }

  private writeTower(
    message: TweetRows,
    pairIndexes: Uint32Array,
    from: number,
    to: number,
    inputs: TowerInputs,
    slot: TowerSlot,
    startRow: number,
  ): void {
    this.beginTweets(message.batch.tweets.count);
    if (startRow === 0) slot.rowCount = 0;
    const { tweetIndex } = message.batch.pairs;
    for (let i = from; i < to; i += 1) {
      const tweet = tweetIndex[pairIndexes[i]!]!;
      if (this.tweetCall[tweet] !== this.call) {
        this.tweetCall[tweet] = this.call;
        this.tweetRow[tweet] = slot.rowCount;
        inputs.write(message, tweet, slot.inputs, slot.rowCount);
        slot.rowCount += 1;
      }
      slot.rowOfPair[startRow + i - from] = this.tweetRow[tweet]!;
    }
  }

  private beginTweets(tweetCount: number): void {
    this.call += 1;
    if (this.tweetCall.length >= tweetCount) return;
    this.tweetCall = new Int32Array(tweetCount);
    this.tweetRow = new Int32Array(tweetCount);
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

  /** Writes a tweet of a message into row `row` of every input. */
  write(message: TweetRows, tweet: number, matrices: ReadonlyMap<string, InputMatrix>, row: number): void {
    message.ensure(tweet);
    for (const { tensor, source } of this.inputs) {
      const matrix = matrices.get(tensor)!;
      if (source.kind === 'tokens') writeTokens(message, tweet, matrix, row);
      else if (source.kind === 'indexes') writeIndexes(message, tweet, 0, source.columns, matrix, row);
      else this.writeFeatures(message, tweet, this.valueAt.get(tensor)!, matrix, row);
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

function isTextKey(name: string): boolean {
  return name.startsWith('tw_') && name !== 'tw_word0';
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
  message: TweetRows,
  tweet: number,
  reader: number,
  columns: readonly IndexColumn[],
  { data, width }: InputMatrix,
  row: number,
): void {
  message.ensure(tweet);
  for (let c = 0; c < columns.length; c += 1) {
    const { key, map } = columns[c]!;
    key.read(message, tweet, reader, KEY);
    data[row * width + c] = map.indexOf(KEY.lo, KEY.hi);
  }
}
