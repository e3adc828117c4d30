import protobuf from 'protobufjs/minimal.js';
import type { Explanation as PairExplanation } from '../../../scoring/explanation.js';
import type { Prediction, PredictionTiming } from '../../../scoring/predictor.js';
import type { RowFailure } from '../../../scoring/scored-call.js';
import type { Ranking } from '../../../scoring/ranking.js';
import type { PairstreamError } from '../../../errors/pairstream-error.js';
import { TARGET_COUNT, TARGETS } from '../../../pairs/targets.js';
import { MEMBER_USE_CODE, FIELD_NUMBER, WIRE_TYPE } from '@pairstream/client/wire';
import { encodeStatusDetails } from './status-details.js';
import type { Uint64Lanes } from '../decode/uint64.js';
import { tag, writeSequence } from './wire-fields.js';

const {
  PredictResponse,
  RowStatus,
  Timing,
  Explanation,
  FeatureColumn,
  MemberOpinion,
  ScoreWeights,
  RankedProbabilities,
} = FIELD_NUMBER;
const FLOAT_BYTES = 4;
const DOUBLE_BYTES = 8;

/** Feedback part of an answer. */
export interface FeedbackFields {
  /** Encoded field feedback_token; undefined if the request asks for none. */
  readonly tokenBytes?: Uint8Array | undefined;
  readonly predictionId?: Uint8Array | undefined;
  /** Why the impressions were not recorded. */
  readonly shownError?: PairstreamError | undefined;
  /** Age of the statistics at the answer, see Timing; undefined if the gateway takes no feedback. */
  readonly freshness?: StatisticsFreshness | undefined;
}

/** Age of the statistics behind an answer. */
export interface StatisticsFreshness {
  /** Seconds. */
  readonly ageS: number;
  /** Events that are durable and not applied. */
  readonly lagCount: number;
}

const NO_FEEDBACK: FeedbackFields = {};
const LARGEST_UINT32 = 0xff_ff_ff_ff;

/** Encodes the answer to a scored request: the ranking if there is one, otherwise the four columns. */
export function encodePrediction(
  sequence: Uint64Lanes,
  prediction: Prediction,
  feedback: FeedbackFields = NO_FEEDBACK,
): Uint8Array {
  const { ranking } = prediction;
  const writer = protobuf.Writer.create();
  writeSequence(writer, PredictResponse.sequence, sequence);
  if (ranking === undefined && prediction.probabilities.length > 0) {
    TARGETS.forEach((target, t) => {
      const column = floatColumn(prediction.probabilities, t);
      writer.uint32(tag(PredictResponse[target], WIRE_TYPE.bytes)).bytes(column);
    });
  }
  for (const failure of prediction.rowFailures) writeRowStatus(writer, failure);
  writer.uint32(tag(PredictResponse.releaseId, WIRE_TYPE.bytes)).string(prediction.releaseId);
  writeTiming(writer, prediction.timing, feedback.freshness);
  if (ranking !== undefined) writeRanking(writer, ranking);
  if (prediction.explanation !== undefined) writeExplanation(writer, prediction.explanation);
  if (prediction.rung !== '')
    writer.uint32(tag(PredictResponse.rung, WIRE_TYPE.bytes)).string(prediction.rung);
  for (const member of prediction.missingMembers)
    writer.uint32(tag(PredictResponse.missingMembers, WIRE_TYPE.bytes)).string(member);
  if (ranking !== undefined) writeRankedColumns(writer, ranking);
  if (feedback.predictionId !== undefined)
    writer.uint32(tag(PredictResponse.predictionId, WIRE_TYPE.bytes)).bytes(feedback.predictionId);
  if (feedback.shownError !== undefined)
    writer
      .uint32(tag(PredictResponse.shownStatus, WIRE_TYPE.bytes))
      .bytes(encodeStatusDetails(feedback.shownError));
  const bytes = writer.finish();
  return feedback.tokenBytes === undefined ? bytes : Buffer.concat([bytes, feedback.tokenBytes]);
}

/** Encodes the answer to a refused, late or invalid request. */
export function encodeRefusal(sequence: Uint64Lanes, error: PairstreamError): Uint8Array {
  const writer = protobuf.Writer.create();
  writeSequence(writer, PredictResponse.sequence, sequence);
  return writer
    .uint32(tag(PredictResponse.status, WIRE_TYPE.bytes))
    .bytes(encodeStatusDetails(error))
    .finish();
}

/** Encodes the probabilities of one target as a packed float field: little-endian, in pair order. */
function floatColumn(probabilities: ArrayLike<number>, target: number): Uint8Array {
  const pairCount = probabilities.length / TARGET_COUNT;
  const column = new DataView(new ArrayBuffer(pairCount * FLOAT_BYTES));
  for (let pair = 0; pair < pairCount; pair += 1) {
    column.setFloat32(pair * FLOAT_BYTES, probabilities[pair * TARGET_COUNT + target]!, true);
  }
  return new Uint8Array(column.buffer);
}

function writeTiming(
  writer: protobuf.Writer,
  { queueUs, featuresUs, inferenceUs, totalUs }: PredictionTiming,
  freshness: StatisticsFreshness | undefined,
): void {
  writer.uint32(tag(PredictResponse.timing, WIRE_TYPE.bytes)).fork();
  writer.uint32(tag(Timing.queueUs, WIRE_TYPE.varint)).uint32(Math.round(queueUs));
  writer.uint32(tag(Timing.featuresUs, WIRE_TYPE.varint)).uint32(Math.round(featuresUs));
  writer.uint32(tag(Timing.inferenceUs, WIRE_TYPE.varint)).uint32(Math.round(inferenceUs));
  writer.uint32(tag(Timing.totalUs, WIRE_TYPE.varint)).uint32(Math.round(totalUs));
  if (freshness !== undefined) {
    writer.uint32(tag(Timing.statisticsAgeS, WIRE_TYPE.varint)).uint32(saturated(freshness.ageS));
    writer.uint32(tag(Timing.feedbackLag, WIRE_TYPE.varint)).uint32(saturated(freshness.lagCount));
  }
  writer.ldelim();
}

/** The whole number of 32 bits that is nearest to a value. */
function saturated(value: number): number {
  return Math.min(LARGEST_UINT32, Math.max(0, Math.round(value)));
}

function writeRanking(writer: protobuf.Writer, { pairIndexes, scores }: Ranking): void {
  writePackedUint32(writer, PredictResponse.rankedPairIndex, pairIndexes);
  const column = new DataView(new ArrayBuffer(scores.length * DOUBLE_BYTES));
  scores.forEach((score, i) => column.setFloat64(i * DOUBLE_BYTES, score, true));
  writer.uint32(tag(PredictResponse.rankedScore, WIRE_TYPE.bytes)).bytes(new Uint8Array(column.buffer));
}

/** Optional columns of a ranking. */
function writeRankedColumns(writer: protobuf.Writer, { probabilities, readers }: Ranking): void {
  if (probabilities !== undefined) {
    writer.uint32(tag(PredictResponse.rankedProbabilities, WIRE_TYPE.bytes)).fork();
    TARGETS.forEach((target, t) => {
      writer.uint32(tag(RankedProbabilities[target], WIRE_TYPE.bytes)).bytes(floatColumn(probabilities, t));
    });
    writer.ldelim();
  }
  if (readers === undefined) return;
  writePackedUint32(writer, PredictResponse.rankedReaderIndex, readers.readerIndexes);
  writePackedUint32(writer, PredictResponse.rankedCount, readers.counts);
}

function writePackedUint32(writer: protobuf.Writer, field: number, values: ArrayLike<number>): void {
  writer.uint32(tag(field, WIRE_TYPE.bytes)).fork();
  for (let i = 0; i < values.length; i += 1) writer.uint32(values[i]!);
  writer.ldelim();
}

function writeExplanation(
  writer: protobuf.Writer,
  { pairIndexes, features, members }: PairExplanation,
): void {
  writer.uint32(tag(PredictResponse.explanation, WIRE_TYPE.bytes)).fork();
  writePackedUint32(writer, Explanation.pairIndex, pairIndexes);
  for (const { name, values } of features) {
    writer.uint32(tag(Explanation.feature, WIRE_TYPE.bytes)).fork();
    writer.uint32(tag(FeatureColumn.name, WIRE_TYPE.bytes)).string(name);
    writer.uint32(tag(FeatureColumn.value, WIRE_TYPE.bytes)).fork();
    for (const value of values) writer.float(value);
    writer.ldelim().ldelim();
  }
  for (const { model, engine, probabilities, weights, use } of members) {
    writer.uint32(tag(Explanation.member, WIRE_TYPE.bytes)).fork();
    writer.uint32(tag(MemberOpinion.model, WIRE_TYPE.bytes)).string(model);
    TARGETS.forEach((target, t) => {
      writer.uint32(tag(MemberOpinion[target], WIRE_TYPE.bytes)).bytes(floatColumn(probabilities, t));
    });
    writer.uint32(tag(MemberOpinion.weight, WIRE_TYPE.bytes)).fork();
    TARGETS.forEach((target, t) => {
      writer.uint32(tag(ScoreWeights[target], WIRE_TYPE.fixed32)).float(weights[t]!);
    });
    writer.ldelim();
    writer.uint32(tag(MemberOpinion.use, WIRE_TYPE.varint)).int32(MEMBER_USE_CODE[use]);
    writer.uint32(tag(MemberOpinion.engine, WIRE_TYPE.bytes)).string(engine).ldelim();
  }
  writer.ldelim();
}

function writeRowStatus(writer: protobuf.Writer, { pairIndex, error }: RowFailure): void {
  writer.uint32(tag(PredictResponse.rowStatus, WIRE_TYPE.bytes)).fork();
  writer.uint32(tag(RowStatus.pairIndex, WIRE_TYPE.varint)).uint32(pairIndex);
  writer.uint32(tag(RowStatus.code, WIRE_TYPE.varint)).int32(error.grpcCode);
  writer.uint32(tag(RowStatus.reason, WIRE_TYPE.bytes)).string(error.code);
  writer.uint32(tag(RowStatus.message, WIRE_TYPE.bytes)).string(error.message).ldelim();
}
