import { z } from 'zod';
import { messageType } from '../wire/message-types.js';
import { decodeStatusDetails } from '../wire/status-details.js';
import type { PredictInput, PredictOutput, ServerInfo } from './predict-input.js';
import { ServerError } from './server-error.js';

const OBJECT_OPTIONS = { defaults: true, arrays: true, longs: Number };

const timingSchema = z.object({
  queue_us: z.number(),
  features_us: z.number(),
  inference_us: z.number(),
  total_us: z.number(),
});
const rowStatusSchema = z.object({
  pair_index: z.number(),
  code: z.number(),
  reason: z.string(),
  message: z.string(),
});
const infoSchema = z.object({
  server_version: z.string(),
  release_id: z.string(),
  pipeline: z.string(),
  targets: z.array(z.string()),
  models: z.array(z.object({ name: z.string(), version: z.string(), content_sha256: z.string() })),
  backend: z.string(),
  max_pairs_per_message: z.number(),
  max_message_bytes: z.number(),
  vocabulary_size: z.number(),
});
/** The parts of a decoded PredictResponse that are read as they are. */
const responseSchema = z.object({
  sequence: z.number(),
  status: z.unknown(),
  reply: z.array(z.number().or(z.nan())),
  retweet: z.array(z.number().or(z.nan())),
  quote: z.array(z.number().or(z.nan())),
  like: z.array(z.number().or(z.nan())),
  row_status: z.array(rowStatusSchema),
  release_id: z.string(),
  timing: timingSchema.nullable(),
});

/** An answer of a stream: the request's sequence number, and its result or why there is none. */
export interface SequencedAnswer {
  readonly sequence: number;
  readonly output: PredictOutput | ServerError;
}

/** Encodes a request. @param sequence comes back with the answer */
export function encodeRequest({ timeoutMs, users, tweets, pairs }: PredictInput, sequence: number): Buffer {
  const bytes = messageType('pairstream.v1.PredictRequest')
    .encode({
      sequence,
      timeout_ms: timeoutMs ?? 0,
      users: { id: users.id, follower_count: users.followerCount, following_count: users.followingCount },
      tweets: {
        author_index: tweets.authorIndex,
        type: tweets.type,
        language: tweets.language,
        created_at_s: tweets.createdAtS,
        token_count: tweets.tokenCount,
        token: tweets.token,
        media_count: tweets.mediaCount,
        media: tweets.media,
        hashtag_count: tweets.hashtagCount,
        link_count: tweets.linkCount,
        domain_count: tweets.domainCount,
      },
      pairs: {
        tweet_index: pairs.tweetIndex,
        reader_index: pairs.readerIndex,
        author_follows_reader: pairs.authorFollowsReader,
        as_of_s: pairs.asOfS,
      },
    })
    .finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Decodes a PredictResponse. @throws Error of the decoder when the bytes are none */
export function decodeAnswer(bytes: Uint8Array): SequencedAnswer {
  const type = messageType('pairstream.v1.PredictResponse');
  const response = responseSchema.parse(type.toObject(type.decode(bytes), OBJECT_OPTIONS));
  if (response.status !== null) {
    const statusType = messageType('google.rpc.Status');
    const status = statusType.encode(statusType.fromObject(Object(response.status))).finish();
    return { sequence: response.sequence, output: new ServerError(decodeStatusDetails(status)) };
  }
  const { timing } = response;
  return {
    sequence: response.sequence,
    output: {
      reply: Float32Array.from(response.reply),
      retweet: Float32Array.from(response.retweet),
      quote: Float32Array.from(response.quote),
      like: Float32Array.from(response.like),
      rowStatus: response.row_status.map(({ pair_index: pairIndex, ...status }) => ({
        pairIndex,
        ...status,
      })),
      releaseId: response.release_id,
      timing: {
        queueUs: timing?.queue_us ?? 0,
        featuresUs: timing?.features_us ?? 0,
        inferenceUs: timing?.inference_us ?? 0,
        totalUs: timing?.total_us ?? 0,
      },
    },
  };
}

/** Decodes a GetServerInfoResponse. */
export function decodeServerInfo(bytes: Uint8Array): ServerInfo {
  const type = messageType('pairstream.v1.GetServerInfoResponse');
  const info = infoSchema.parse(type.toObject(type.decode(bytes), OBJECT_OPTIONS));
  return {
    serverVersion: info.server_version,
    releaseId: info.release_id,
    pipeline: info.pipeline,
    targets: info.targets,
    models: info.models.map(({ name, version, content_sha256: contentSha256 }) => ({
      name,
      version,
      contentSha256,
    })),
    backend: info.backend,
    maxPairsPerMessage: info.max_pairs_per_message,
    maxMessageBytes: info.max_message_bytes,
    vocabularySize: info.vocabulary_size,
  };
}
