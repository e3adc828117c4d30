export {
  EventKind,
  type EventKindName,
  Media,
  type MediaName,
  TweetType,
  type TweetTypeName,
} from './enums.js';
export type { TlsOptions } from '@pairstream/grpc-channel';
export type { EventStatus, FeedbackInput, FeedbackOutput } from './feedback-input.js';
export {
  type CallOptions,
  type ClientOptions,
  PairstreamClient,
  type StreamOptions,
} from './pairstream-client.js';
export type {
  Explanation,
  FeedbackInfo,
  FeedbackOptions,
  MemberUse,
  PredictInput,
  PredictOptions,
  PredictOutput,
  Probabilities,
  RankedPairs,
  Ranking,
  ReaderRanking,
  RowStatus,
  ScoreWeights,
  ServerInfo,
  ServerTiming,
} from './predict-input.js';
export { explanationBytes } from './predict-input.js';
export { RequestBuilder } from './request-builder.js';
export { ServerError } from './server-error.js';
export type { StreamAnswer } from './stream-answers.js';
