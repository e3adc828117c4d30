import { messageType, PAIRSTREAM_MESSAGES } from './wire/message-types.js';
import { Media, toCodes, TweetType } from './enums.js';
import type { FeedbackInfo, PredictInput, ServerInfo } from './predict-input.js';

/** Of a server from before feedback. */
const NO_FEEDBACK: FeedbackInfo = {
  enabled: false,
  eventLog: '',
  keyScheme: 0,
  newestEventS: 0,
  lag: 0,
  appliedCount: 0,
  duplicateCount: 0,
  tooOldCount: 0,
  maxEventsPerRequest: 0,
};

/** Encodes a request whose values are of the right kinds (checkRequest). @param sequence comes back with the answer */
export function encodeRequest(input: PredictInput, sequence: number): Buffer {
  const { timeoutMs, users, tweets, pairs, options } = input;
  const bytes = messageType('pairstream.v1.PredictRequest')
    .encode({
      sequence,
      timeoutMs: timeoutMs ?? 0,
      users: {
        ...idColumns(users),
        followerCount: users.followerCount,
        followingCount: users.followingCount,
        isVerified: users.isVerified,
        accountCreatedAtS: users.accountCreatedAtS,
      },
      tweets: {
        ...idColumns(tweets),
        authorIndex: tweets.authorIndex,
        type: toCodes(tweets.type, TweetType),
        language: tweets.language,
        createdAtS: tweets.createdAtS,
        tokenCount: tweets.tokenCount,
        token: tweets.token,
        text: tweets.text,
        mediaCount: tweets.mediaCount,
        media: tweets.media && toCodes(tweets.media, Media),
        hashtagCount: tweets.hashtagCount,
        linkCount: tweets.linkCount,
        domainCount: tweets.domainCount,
        firstHashtag: tweets.firstHashtag,
        firstLink: tweets.firstLink,
        firstDomain: tweets.firstDomain,
      },
      pairs: {
        tweetIndex: pairs.tweetIndex,
        readerIndex: pairs.readerIndex,
        authorFollowsReader: pairs.authorFollowsReader,
        asOfS: pairs.asOfS,
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
  return { id, idText, idNumber: idNumber && Array.from(idNumber, String) };
}

function optionFields({
  scoreWeights,
  topK,
  explain,
  ordered,
  minRung,
  keepProbabilities,
  rankPerReader,
  feedback,
}: NonNullable<PredictInput['options']>): object {
  return {
    ...(scoreWeights === undefined ? {} : { scoreWeights: scoreWeights }),
    topK: topK ?? 0,
    explain: explain ?? false,
    ordered: ordered ?? false,
    minRung: minRung ?? '',
    ...(keepProbabilities === true ? { keepProbabilities: true } : {}),
    ...(rankPerReader === true ? { rankPerReader: true } : {}),
    ...(feedback === undefined ? {} : { feedback }),
  };
}

/** Decodes a GetServerInfoResponse. */
export function decodeServerInfo(bytes: Uint8Array): ServerInfo {
  const info = PAIRSTREAM_MESSAGES.decode('pairstream.v1.GetServerInfoResponse', bytes);
  return {
    ...info,
    rungs: info.rungs.map(({ name, rce }) => ({ name, rce: rce ?? null })),
    feedback: info.feedback ?? NO_FEEDBACK,
  };
}
