import protobuf from 'protobufjs/minimal.js';
import { FIELD_NUMBER } from './wire/generated/fields.js';
import { MEMBER_USE_CODE, WIRE_TYPE } from './wire/protocol.js';
import { decodeStatusDetails } from './wire/status-details.js';
import type {
  Explanation,
  MemberUse,
  PredictOutput,
  RowStatus,
  ScoreWeights,
  ServerTiming,
} from './predict-input.js';
import { RankingReader } from './ranking-reader.js';
import { ServerError } from './server-error.js';
import { readFields, readFloats, readMessage, readUint32s, readUint64 } from './wire-values.js';

const MEMBER_USES = ['weighted', 'input', 'none', 'missing'] as const satisfies readonly MemberUse[];

/** An answer of a stream: the request's sequence number, and its result or why there is none. */
export interface SequencedAnswer<O = PredictOutput> {
  readonly sequence: number;
  readonly output: O | ServerError;
}

const NO_TIMING: ServerTiming = {
  queueUs: 0,
  featuresUs: 0,
  inferenceUs: 0,
  totalUs: 0,
  statisticsAgeS: 0,
  feedbackLag: 0,
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Decodes a PredictResponse. @throws Error when the bytes are none */
export function decodeAnswer(bytes: Uint8Array): SequencedAnswer {
  const reader = new protobuf.Reader(bytes);
  const rowStatus: RowStatus[] = [];
  const missingMembers: string[] = [];
  const output: Mutable<PredictOutput> = {
    reply: new Float32Array(0),
    retweet: new Float32Array(0),
    quote: new Float32Array(0),
    like: new Float32Array(0),
    rowStatus,
    releaseId: '',
    timing: { ...NO_TIMING },
    rung: '',
    missingMembers,
  };
  const ranking = new RankingReader(reader);
  const tokens: Uint8Array[] = [];
  let sequence = 0;
  let error: ServerError | undefined;
  readFields(reader, bytes.length, (field, wireType) => {
    switch (field) {
      case FIELD_NUMBER.PredictResponse.sequence:
        sequence = readUint64(reader);
        return;
      case FIELD_NUMBER.PredictResponse.status:
        error = new ServerError(decodeStatusDetails(reader.bytes()));
        return;
      case FIELD_NUMBER.PredictResponse.reply:
        output.reply = readFloats(reader);
        return;
      case FIELD_NUMBER.PredictResponse.retweet:
        output.retweet = readFloats(reader);
        return;
      case FIELD_NUMBER.PredictResponse.quote:
        output.quote = readFloats(reader);
        return;
      case FIELD_NUMBER.PredictResponse.like:
        output.like = readFloats(reader);
        return;
      case FIELD_NUMBER.PredictResponse.rowStatus:
        rowStatus.push(readRowStatus(reader));
        return;
      case FIELD_NUMBER.PredictResponse.releaseId:
        output.releaseId = reader.string();
        return;
      case FIELD_NUMBER.PredictResponse.timing:
        output.timing = readTiming(reader);
        return;
      case FIELD_NUMBER.PredictResponse.explanation:
        output.explanation = readExplanation(reader);
        return;
      case FIELD_NUMBER.PredictResponse.rung:
        output.rung = reader.string();
        return;
      case FIELD_NUMBER.PredictResponse.missingMembers:
        missingMembers.push(reader.string());
        return;
      case FIELD_NUMBER.PredictResponse.feedbackToken:
        // A copy: a caller that keeps one token does not keep the whole message.
        tokens.push(Uint8Array.from(reader.bytes()));
        return;
      case FIELD_NUMBER.PredictResponse.predictionId:
        output.predictionId = Uint8Array.from(reader.bytes());
        return;
      case FIELD_NUMBER.PredictResponse.shownStatus:
        output.shownError = new ServerError(decodeStatusDetails(reader.bytes()));
        return;
      default:
        if (!ranking.readField(field)) reader.skipType(wireType);
    }
  });
  ranking.addTo(output);
  if (tokens.length > 0) output.feedbackTokens = tokens;
  return { sequence, output: error ?? output };
}

function readRowStatus(reader: protobuf.Reader): RowStatus {
  const status: Mutable<RowStatus> = { pairIndex: 0, code: 0, reason: '', message: '' };
  readMessage(reader, (field) => {
    if (field === FIELD_NUMBER.RowStatus.pairIndex) status.pairIndex = reader.uint32();
    else if (field === FIELD_NUMBER.RowStatus.code) status.code = reader.int32();
    else if (field === FIELD_NUMBER.RowStatus.reason) status.reason = reader.string();
    else if (field === FIELD_NUMBER.RowStatus.message) status.message = reader.string();
    else return false;
    return true;
  });
  return status;
}

function readTiming(reader: protobuf.Reader): ServerTiming {
  const timing: Mutable<ServerTiming> = { ...NO_TIMING };
  readMessage(reader, (field) => {
    if (field === FIELD_NUMBER.Timing.queueUs) timing.queueUs = reader.uint32();
    else if (field === FIELD_NUMBER.Timing.featuresUs) timing.featuresUs = reader.uint32();
    else if (field === FIELD_NUMBER.Timing.inferenceUs) timing.inferenceUs = reader.uint32();
    else if (field === FIELD_NUMBER.Timing.totalUs) timing.totalUs = reader.uint32();
    else if (field === FIELD_NUMBER.Timing.statisticsAgeS) timing.statisticsAgeS = reader.uint32();
    else if (field === FIELD_NUMBER.Timing.feedbackLag) timing.feedbackLag = reader.uint32();
    else return false;
    return true;
  });
  return timing;
}

function readExplanation(reader: protobuf.Reader): Explanation {
  const features: Explanation['features'][number][] = [];
  const members: Explanation['members'][number][] = [];
  let pairIndexes: Uint32Array = new Uint32Array(0);
  readMessage(reader, (field) => {
    if (field === FIELD_NUMBER.Explanation.pairIndex) pairIndexes = readUint32s(reader);
    else if (field === FIELD_NUMBER.Explanation.feature) features.push(readFeature(reader));
    else if (field === FIELD_NUMBER.Explanation.member) members.push(readMember(reader));
    else return false;
    return true;
  });
  return { pairIndexes, features, members };
}

function readFeature(reader: protobuf.Reader): Explanation['features'][number] {
  let name = '';
  let values: Float32Array = new Float32Array(0);
  readMessage(reader, (field) => {
    if (field === FIELD_NUMBER.FeatureColumn.name) name = reader.string();
    else if (field === FIELD_NUMBER.FeatureColumn.value) values = readFloats(reader);
    else return false;
    return true;
  });
  return { name, values };
}

function readMember(reader: protobuf.Reader): Explanation['members'][number] {
  const none = new Float32Array(0);
  const weight = { reply: 0, retweet: 0, quote: 0, like: 0 };
  const member: Mutable<Explanation['members'][number]> = {
    model: '',
    reply: none,
    retweet: none,
    quote: none,
    like: none,
    weight,
    use: undefined,
    engine: '',
  };
  readMessage(reader, (field) => {
    const { MemberOpinion } = FIELD_NUMBER;
    if (field === MemberOpinion.model) member.model = reader.string();
    else if (field === MemberOpinion.reply) member.reply = readFloats(reader);
    else if (field === MemberOpinion.retweet) member.retweet = readFloats(reader);
    else if (field === MemberOpinion.quote) member.quote = readFloats(reader);
    else if (field === MemberOpinion.like) member.like = readFloats(reader);
    else if (field === MemberOpinion.weight) readWeights(reader, weight);
    else if (field === MemberOpinion.use) member.use = useOf(reader.int32());
    else if (field === MemberOpinion.engine) member.engine = reader.string();
    else return false;
    return true;
  });
  return member;
}

/** Name of a pairstream.v1.MemberUse; undefined for an unknown code. */
function useOf(code: number): MemberUse | undefined {
  return MEMBER_USES.find((use) => MEMBER_USE_CODE[use] === code);
}

function readWeights(reader: protobuf.Reader, out: Mutable<Required<ScoreWeights>>): void {
  const end = reader.uint32() + reader.pos;
  readFields(reader, end, (field, wireType) => {
    const target = (['reply', 'retweet', 'quote', 'like'] as const).find(
      (name) => FIELD_NUMBER.ScoreWeights[name] === field,
    );
    if (target === undefined || wireType !== WIRE_TYPE.fixed32) reader.skipType(wireType);
    else out[target] = reader.float();
  });
}
