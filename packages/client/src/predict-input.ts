import type { MEMBER_USE_CODE } from './wire/protocol.js';
import type { MediaName, TweetTypeName } from './enums.js';
import type { ServerError } from './server-error.js';

/** Worth of each engagement in a ranked list. */
export interface ScoreWeights {
  readonly reply?: number;
  readonly retweet?: number;
  readonly quote?: number;
  readonly like?: number;
}

/**
 * Ways to name the pairs of an answer in feedback (`PairstreamClient.feedback`). The server refuses them with FEEDBACK_OFF if it takes
 * no feedback.
 */
export interface FeedbackOptions {
  /** A token per answered pair, see `PredictOutput.feedbackTokens`. */
  readonly tokens?: boolean;
  /** The gateway remembers the pairs for a while, see `PredictOutput.predictionId`. */
  readonly remember?: boolean;
  /** The gateway records an impression of every answered pair, see `PredictOutput.shownError`. */
  readonly shown?: boolean;
  /** Tokens instead of probabilities: no model runs. Implies `tokens`. */
  readonly tokensOnly?: boolean;
}

/** Content of an answer besides, or instead of, four probabilities per pair. */
export interface PredictOptions {
  /** When given, the answer is a ranking instead of probabilities. */
  readonly scoreWeights?: ScoreWeights;
  /** With scoreWeights: maximum number of ranked pairs, per reader with rankPerReader. 0 or absent: all. */
  readonly topK?: number;
  /** With scoreWeights: the probabilities of the ranked pairs as well, see `Ranking.probabilities`. */
  readonly keepProbabilities?: boolean;
  /** With scoreWeights: one ranked list per reader of the request, see `Ranking.byReader`. */
  readonly rankPerReader?: boolean;
  /** Feature values and every model's opinion as well: `explanationBytes` tells how much longer the answer is. */
  readonly explain?: boolean;
  /** On a stream: answered after all requests that were sent before. */
  readonly ordered?: boolean;
  /** The lowest rung of the server's ladder that will do, else DEGRADED is answered; empty or absent: any will do. */
  readonly minRung?: string;
  /** Ways to send feedback on the pairs later. */
  readonly feedback?: FeedbackOptions;
}

/**
 * One request: three tables in columns, as in proto/pairstream/v1/pair_service.proto, which says what each holds. Users
 * have one of `id`, `idText` and `idNumber`, tweets either `text` or `tokenCount` and `token`. The client refuses values of
 * another kind before it sends the request (ServerError INVALID_REQUEST): strings and Dates for numbers, NaN, fractions,
 * null, undefined entries, numbers that the wire type does not hold, lone surrogates, and fields that are unknown.
 */
export interface PredictInput {
  /** Time limit for the answer, milliseconds from the arrival of the request. 0 or absent: the deadline of the call. */
  timeoutMs?: number;
  options?: PredictOptions;
  users: {
    id?: Uint8Array[];
    idText?: string[];
    idNumber?: (number | bigint)[];
    followerCount: number[];
    followingCount: number[];
    isVerified?: boolean[];
    /** Unix seconds. */
    accountCreatedAtS?: number[];
  };
  tweets: {
    authorIndex: number[];
    /** Names or numbers of `TweetType`. */
    type: (number | TweetTypeName)[];
    /** BCP-47 tags, or language ids of the training data. */
    language: string[];
    /** Unix seconds. */
    createdAtS: number[];
    tokenCount?: number[];
    token?: number[];
    text?: string[];
    /** Absent with `media`: no tweet has media. */
    mediaCount?: number[];
    /** Names or numbers of `Media`. */
    media?: (number | MediaName)[];
    /**
     * Each of the three counts may be left out beside `text`: the server takes the count from the text, and the first entity
     * (`firstHashtag`, `firstLink`, `firstDomain`) if that is left out, too. The proto file defines hashtags and links.
     */
    hashtagCount?: number[];
    linkCount?: number[];
    domainCount?: number[];
    id?: Uint8Array[];
    idText?: string[];
    idNumber?: (number | bigint)[];
    firstHashtag?: string[];
    firstLink?: string[];
    firstDomain?: string[];
  };
  pairs: {
    tweetIndex: number[];
    readerIndex: number[];
    authorFollowsReader: boolean[];
    /** Empty or absent: the server's clock; one entry: for all pairs; else one per pair. Unix seconds. */
    asOfS?: number[];
  };
}

/** Why a pair has no probabilities. */
export interface RowStatus {
  readonly pairIndex: number;
  /** A google.rpc.Code. */
  readonly code: number;
  /** A stable code, for instance INVALID_ROW. */
  readonly reason: string;
  readonly message: string;
}

/** Time of a request per phase in the server, microseconds, and the age of the statistics behind its features. */
export interface ServerTiming {
  readonly queueUs: number;
  readonly featuresUs: number;
  readonly inferenceUs: number;
  readonly totalUs: number;
  /** Time from the newest event in the statistics to the answer, seconds; 0 if the server takes no feedback. */
  readonly statisticsAgeS: number;
  /** Events that are durable and not yet in the statistics. */
  readonly feedbackLag: number;
}

/** Pairs, best first, without those that failed. Columns have one entry per ranked pair, in the same order. */
export interface RankedPairs {
  readonly pairIndexes: Uint32Array;
  readonly scores: Float64Array;
  /** With keepProbabilities. */
  readonly probabilities?: Probabilities;
}

/** Probabilities of pairs, a column per engagement. */
export interface Probabilities {
  readonly reply: Float32Array;
  readonly retweet: Float32Array;
  readonly quote: Float32Array;
  readonly like: Float32Array;
}

/** The ranked pairs of a request. With rankPerReader the columns are the lists of the readers, one after another. */
export interface Ranking extends RankedPairs {
  /** With rankPerReader: readers in the order in which the pairs name them, without those that have no ranked pair. */
  readonly byReader?: readonly ReaderRanking[];
}

/** The ranked pairs of one reader, as views of the columns of the whole ranking. */
export interface ReaderRanking extends RankedPairs {
  /** Row of the user table. */
  readonly readerIndex: number;
}

/**
 * Use of a model in an answer:
 * - `weighted`: its probabilities enter the weighted sum; its weight may be 0 for some targets, not for all;
 * - `input`: it has no weight, but a weighted model reads it, directly or through others;
 * - `none`: the answer does not depend on it;
 * - `missing`: it gave no answer.
 */
export type MemberUse = keyof typeof MEMBER_USE_CODE;

/** Feature values and model outputs of pairs. Columns have one entry per pair, in the order of `pairIndexes`. */
export interface Explanation {
  readonly pairIndexes: Uint32Array;
  /** NaN where a value is missing. */
  readonly features: readonly { readonly name: string; readonly values: Float32Array }[];
  readonly members: readonly {
    readonly model: string;
    readonly reply: Float32Array;
    readonly retweet: Float32Array;
    readonly quote: Float32Array;
    readonly like: Float32Array;
    /** Weight of the model in the answer. The columns of a missing model are NaN. */
    readonly weight: Required<ScoreWeights>;
    /** Use of the model in the answer; undefined if the server does not report it. */
    readonly use: MemberUse | undefined;
    /** Engine that runs the model, as in ServerInfo; empty if the server does not report it. */
    readonly engine: string;
  }[];
}

/** The answer to a request. */
export interface PredictOutput {
  /** One value per pair, in the request's order; NaN for failed pairs, with the reason in `rowStatus`. Empty if there is a ranking. */
  readonly reply: Float32Array;
  readonly retweet: Float32Array;
  readonly quote: Float32Array;
  readonly like: Float32Array;
  readonly rowStatus: readonly RowStatus[];
  readonly releaseId: string;
  readonly timing: ServerTiming;
  /** When scoreWeights were given. */
  readonly ranking?: Ranking;
  /** When it was asked for. */
  readonly explanation?: Explanation;
  /** The lowest rung of the server's ladder that pairs were answered at; empty when no pair was scored. */
  readonly rung: string;
  /** Models that some of the pairs were answered without. */
  readonly missingMembers: readonly string[];
  /**
   * With feedback.tokens: one per pair, empty for failed pairs; with a ranking one per ranked pair, in the order of the ranking. Owned
   * by the caller.
   */
  readonly feedbackTokens?: readonly Uint8Array[];
  /** With feedback.remember: name of this answer in feedback. */
  readonly predictionId?: Uint8Array;
  /** With feedback.shown: why the impressions were not recorded; absent if they were. */
  readonly shownError?: ServerError;
}

/** Release and limits of a server. */
export interface ServerInfo {
  readonly serverVersion: string;
  readonly releaseId: string;
  readonly pipeline: string;
  readonly targets: readonly string[];
  readonly models: readonly {
    readonly name: string;
    readonly version: string;
    readonly contentSha256: string;
    /**
     * Engine that runs the model: `onnxruntime` or `forest` in the server, `triton` on Triton servers. Later servers may have more.
     * Empty if the server does not report it.
     */
    readonly engine: string;
  }[];
  readonly backend: string;
  readonly maxPairsPerMessage: number;
  readonly maxMessageBytes: number;
  readonly vocabularySize: number;
  /** Most bytes that `explain` adds to an answer for each pair; 0 if the server does not report them. */
  readonly explainBytesPerPair: number;
  /** Most bytes that `explain` adds once per answer. */
  readonly explainBaseBytes: number;
  /** Rungs of the degrade ladder, best first; `rce` is null if it was not measured. */
  readonly rungs: readonly { readonly name: string; readonly rce: number | null }[];
  readonly feedback: FeedbackInfo;
  /** Threads of the server that answer calls, each on connections of its own; 0 if the server does not report them. */
  readonly workerCount: number;
  /** Thread that answered this call, from 0. */
  readonly workerIndex: number;
}

/** Feedback of a server. If `enabled` is false, the other fields are 0 or empty. */
export interface FeedbackInfo {
  readonly enabled: boolean;
  /** Log of the events: `embedded` or `kafka`. Later servers may have more. */
  readonly eventLog: string;
  /** Servers with the same key scheme and keys accept the tokens of one another. */
  readonly keyScheme: number;
  /** Event time of the newest event in the statistics, Unix seconds. */
  readonly newestEventS: number;
  /** Events that are durable and not yet in the statistics. */
  readonly lag: number;
  /** Events that were counted, sent again, and too old, since the server's state directory was made. */
  readonly appliedCount: number;
  readonly duplicateCount: number;
  readonly tooOldCount: number;
  /** Maximum number of events of one FeedbackInput. */
  readonly maxEventsPerRequest: number;
}

/**
 * Most bytes that `explain` adds to an answer. The `maxMessageBytes` of the client and of the server must have room for them.
 * @param pairCount pairs of the answer: all pairs of the request, or those of the ranking with `topK`
 */
export function explanationBytes(
  { explainBytesPerPair, explainBaseBytes }: Pick<ServerInfo, 'explainBytesPerPair' | 'explainBaseBytes'>,
  pairCount: number,
): number {
  return explainBaseBytes + pairCount * explainBytesPerPair;
}
