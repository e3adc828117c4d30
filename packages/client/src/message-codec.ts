import { z } from 'zod';
import { messageType } from './wire/message-types.js';
import { Media, toCodes, TweetType } from './enums.js';
import type { PredictInput, ServerInfo } from './predict-input.js';

const OBJECT_OPTIONS = { defaults: true, arrays: true, longs: Number };

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
  rungs: z.array(z.object({ name: z.string(), rce: z.number().optional() })),
  explain_bytes_per_pair: z.number(),
  explain_base_bytes: z.number(),
});

/** Encodes a request whose values are of the right kinds (checkRequest). @param sequence comes back with the answer */
export function encodeRequest(input: PredictInput, sequence: number): Buffer {
  const { timeoutMs, users, tweets, pairs, options } = input;
  const bytes = messageType('pairstream.v1.PredictRequest')
    .encode({
      sequence,
      timeout_ms: timeoutMs ?? 0,
      users: {
        ...idColumns(users),
        follower_count: users.followerCount,
        following_count: users.followingCount,
        is_verified: users.isVerified,
        account_created_at_s: users.accountCreatedAtS,
      },
      tweets: {
        ...idColumns(tweets),
        author_index: tweets.authorIndex,
        type: toCodes(tweets.type, TweetType),
        language: tweets.language,
        created_at_s: tweets.createdAtS,
        token_count: tweets.tokenCount,
        token: tweets.token,
        text: tweets.text,
        media_count: tweets.mediaCount,
        media: tweets.media && toCodes(tweets.media, Media),
        hashtag_count: tweets.hashtagCount,
        link_count: tweets.linkCount,
        domain_count: tweets.domainCount,
        first_hashtag: tweets.firstHashtag,
        first_link: tweets.firstLink,
        first_domain: tweets.firstDomain,
      },
      pairs: {
        tweet_index: pairs.tweetIndex,
        reader_index: pairs.readerIndex,
        author_follows_reader: pairs.authorFollowsReader,
        as_of_s: pairs.asOfS,
      },
      ...(options === undefined ? {} : { options: optionFields(options) }),
    })
    .finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function idColumns({
  id,
  idText,
  idNumber,
}: Pick<PredictInput['users'], 'id' | 'idText' | 'idNumber'>): object {
  // As text, because a number would lose the low bits of a large one.
  return { id, id_text: idText, id_number: idNumber && Array.from(idNumber, String) };
}

function optionFields({
  scoreWeights,
  topK,
  explain,
  ordered,
  minRung,
  keepProbabilities,
  rankPerReader,
}: NonNullable<PredictInput['options']>): object {
  return {
    ...(scoreWeights === undefined ? {} : { score_weights: scoreWeights }),
    top_k: topK ?? 0,
    explain: explain ?? false,
    ordered: ordered ?? false,
    min_rung: minRung ?? '',
    ...(keepProbabilities === true ? { keep_probabilities: true } : {}),
    ...(rankPerReader === true ? { rank_per_reader: true } : {}),
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
    explainBytesPerPair: info.explain_bytes_per_pair,
    explainBaseBytes: info.explain_base_bytes,
    rungs: info.rungs.map(({ name, rce }) => ({ name, rce: rce ?? null })),
  };
}
