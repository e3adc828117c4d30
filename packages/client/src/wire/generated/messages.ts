// Generated from proto/ by scripts/generate-wire.ts. Do not edit; run `make docs`.

/**
 * Three tables: users, tweets and pairs. Columns of one table have one entry per row; a tweet or a user that occurs in
 * many pairs is sent once.
 */
export interface PredictRequest<Int64 = number> {
  /** Chosen by the caller, returned with the answer. */
  readonly sequence: Int64;
  /** How long the caller waits for this message, from its arrival; 0 means as long as the call lives. */
  readonly timeoutMs: number;
  readonly users: UserTable<Int64> | null;
  readonly tweets: TweetTable<Int64> | null;
  readonly pairs: PairTable<Int64> | null;
  readonly options: PredictOptions | null;
}

/** What is wanted beside, or instead of, four probabilities per pair. */
export interface PredictOptions {
  /**
   * When set, the answer is one list of pairs, best first, instead of four columns: pairs are ranked by the weighted sum
   * of their probabilities.
   */
  readonly scoreWeights: ScoreWeights | null;
  /** With score_weights: maximum number of ranked pairs, per reader with rank_per_reader. 0 means all. */
  readonly topK: number;
  /**
   * Adds the value of every feature, and every model's opinion, of each pair answered; for messages of up to 10,000 pairs.
   * GetServerInfo tells how many bytes this adds to an answer (explain_bytes_per_pair), about 1,000 per pair with the shipped
   * models: raise the receive limit of the client (4 MiB by default in most languages), or use top_k. An answer that would
   * pass max_message_bytes is refused with MESSAGE_TOO_LARGE and its size.
   */
  readonly explain: boolean;
  /** The answer waits for the answers to all earlier messages of its stream. */
  readonly ordered: boolean;
  /**
   * The lowest rung of the server's ladder that will do (GetServerInfo lists them, best first): a message that only reaches a
   * lower one, because models are missing, is answered with DEGRADED instead of numbers. Empty: any will do.
   */
  readonly minRung: string;
  /** With score_weights: the four probabilities of each ranked pair as well (ranked_probabilities). */
  readonly keepProbabilities: boolean;
  /** With score_weights: one ranked list per reader of the message instead of one over all pairs. */
  readonly rankPerReader: boolean;
  /** Ways to send feedback on the pairs later. Refused with FEEDBACK_OFF if the gateway takes no feedback. */
  readonly feedback: FeedbackOptions | null;
}

/** Ways to name the pairs of an answer in feedback. A pair is answered if it did not fail; with score_weights, if it is ranked. */
export interface FeedbackOptions {
  /** Adds a token for each answered pair (feedback_token). */
  readonly tokens: boolean;
  /**
   * The gateway remembers the answered pairs under prediction_id, for callers that cannot keep tokens. Its memory is bounded: the
   * oldest predictions are dropped, a restart loses all, and other gateways do not know them. Prefer tokens.
   */
  readonly remember: boolean;
  /**
   * All answered pairs will be shown: the gateway records an impression of each, at the time of its prediction (as_of_s), before it
   * answers. shown_status tells if it could not. as_of_s may be at most 300 seconds in the future.
   */
  readonly shown: boolean;
  /**
   * No model runs, and the answer has no probabilities: only tokens, a prediction_id or impressions. Implies tokens. Not with
   * score_weights or explain.
   */
  readonly tokensOnly: boolean;
}

/** Worth of each engagement; finite, negative ones included. */
export interface ScoreWeights {
  readonly reply: number;
  readonly retweet: number;
  readonly quote: number;
  readonly like: number;
}

export interface UserTable<Int64 = number> {
  /** Opaque identity, in one of three columns: 16 bytes (the 32 hexadecimal digits of the challenge files as bytes) ... */
  readonly id: readonly Uint8Array[];
  readonly followerCount: readonly Int64[];
  readonly followingCount: readonly Int64[];
  /** May be left out (as all columns whose comment says so): features that need it are then missing values. */
  readonly isVerified: readonly boolean[];
  /**
   * When the account was made, Unix seconds. May be left out. Refused (INVALID_ROW) more than 300 seconds after the tweet, for an
   * author, or after as_of_s, for a reader.
   */
  readonly accountCreatedAtS: readonly Int64[];
  /** ... or text (32 hexadecimal digits are the same identity as the 16 bytes they spell) ... */
  readonly idText: readonly string[];
  /** ... or a number. */
  readonly idNumber: readonly Int64[];
}

export type TweetType = 'TWEET_TYPE_UNSPECIFIED' | 'TWEET_TYPE_TOP_LEVEL' | 'TWEET_TYPE_RETWEET' | 'TWEET_TYPE_QUOTE';

export type Media = 'MEDIA_UNSPECIFIED' | 'MEDIA_PHOTO' | 'MEDIA_VIDEO' | 'MEDIA_GIF';

export interface TweetTable<Int64 = number> {
  /** Row of the author in the user table. */
  readonly authorIndex: readonly number[];
  readonly type: readonly TweetType[];
  /** BCP-47 tag ("en", "pt-BR", "zh-Hant"), or the challenge's language hash (32 hexadecimal digits). */
  readonly language: readonly string[];
  /** Unix time in seconds. */
  readonly createdAtS: readonly Int64[];
  /** Text comes as tokens (this column and the next), or as `text`. How many of `token` belong to each tweet. */
  readonly tokenCount: readonly number[];
  /** Wordpiece ids of the server's vocabulary, all tweets one after another, [CLS] and [SEP] included. */
  readonly token: readonly number[];
  /** How many of `media` belong to each tweet. May be left out with `media`: no tweet has media then. */
  readonly mediaCount: readonly number[];
  /** Attached media, all tweets one after another. */
  readonly media: readonly Media[];
  /**
   * From 0 to 65535, like the next two. Each of the three may be left out if tweets come as `text`: the server takes the count
   * from the text. If the first entity (first_hashtag, first_link, first_domain) is left out as well, the server takes it from
   * the text, too. A count that is sent is used, and its first entity is then never taken from the text.
   * A hashtag is # (or full-width #) at the start of a word, then letters, marks, digits or _, at least one of them a letter.
   * A # inside a link is no hashtag. The first hashtag is compared without #, in lower case.
   */
  readonly hashtagCount: readonly number[];
  /**
   * A link is http:// or https://, a host with a dot, and a path of ASCII characters; punctuation at its end does not belong to
   * it. Links that Twitter adds to a text for media or a quoted tweet are counted: send the counts to leave them out.
   */
  readonly linkCount: readonly number[];
  /** Hosts of the links, with repeats. The server takes them from the text in lower case and without www.; t.co is not counted. */
  readonly domainCount: readonly number[];
  /** Instead of tokens: the text, which the server cuts into wordpieces itself. */
  readonly text: readonly string[];
  /** Opaque identity as in the user table, in one of three columns. May be left out. */
  readonly id: readonly Uint8Array[];
  readonly idText: readonly string[];
  readonly idNumber: readonly Int64[];
  /**
   * The first hashtag, link and link domain of each tweet, empty where it has none; any text that is always the same for
   * the same thing. May be left out: none, unless its count is taken from the text.
   */
  readonly firstHashtag: readonly string[];
  readonly firstLink: readonly string[];
  readonly firstDomain: readonly string[];
}

export interface PairTable<Int64 = number> {
  /** Row of the tweet table. */
  readonly tweetIndex: readonly number[];
  /** Row of the user table. */
  readonly readerIndex: readonly number[];
  /** Whether the tweet's author follows the reader. */
  readonly authorFollowsReader: readonly boolean[];
  /**
   * The time the features are computed for, Unix seconds: empty = the server's clock, one entry = for all pairs, else one per pair.
   * Refused (INVALID_ROW) more than 300 seconds before the tweet.
   */
  readonly asOfS: readonly Int64[];
}

export interface PredictResponse<Int64 = number> {
  readonly sequence: Int64;
  /** Absent when the message was scored; else why it was not (ErrorInfo, BadRequest and RetryInfo in its details). */
  readonly status: Status | null;
  /** One entry per pair, in the order of the request; NaN where row_status tells why. */
  readonly reply: readonly number[];
  readonly retweet: readonly number[];
  readonly quote: readonly number[];
  readonly like: readonly number[];
  /** Only the pairs that failed. */
  readonly rowStatus: readonly RowStatus[];
  /** Identity of the pipeline, models and tables that answered. */
  readonly releaseId: string;
  readonly timing: Timing | null;
  /**
   * With score_weights: pairs, best first (of equals the earlier one first), without those that failed, and their scores;
   * the four columns above are then empty.
   */
  readonly rankedPairIndex: readonly number[];
  readonly rankedScore: readonly number[];
  /** With explain. */
  readonly explanation: Explanation | null;
  /**
   * The rung of the server's ladder that the pairs were answered at; the lowest one, where batches of a large message were
   * answered at several. Empty when no pair was scored.
   */
  readonly rung: string;
  /** Models that some of the pairs were answered without, because they failed or did not answer in time. */
  readonly missingMembers: readonly string[];
  /** Probabilities of the ranked pairs, with keep_probabilities. */
  readonly rankedProbabilities: RankedProbabilities | null;
  /**
   * With rank_per_reader: ranked_pair_index and ranked_score are the lists of these readers, one after another. A reader is a row
   * of the user table. Readers come in the order in which the pairs name them; a reader without a ranked pair is left out.
   */
  readonly rankedReaderIndex: readonly number[];
  /** Number of ranked pairs of each reader in ranked_reader_index. */
  readonly rankedCount: readonly number[];
  /**
   * With options.feedback.tokens: one entry per pair, in the order of the request, empty for a failed pair. With score_weights one
   * entry per ranked pair, in the order of ranked_pair_index. A token is 113 opaque bytes. Every gateway with the same keys and the
   * same vocabulary accepts it.
   */
  readonly feedbackToken: readonly Uint8Array[];
  /** With options.feedback.remember: 16 bytes that name this answer in FeedbackRequest.prediction_id. */
  readonly predictionId: Uint8Array;
  /** With options.feedback.shown: why the impressions were not recorded; absent if they were. */
  readonly shownStatus: Status | null;
}

/** Probabilities of the ranked pairs. Columns have one entry per pair, in the order of `ranked_pair_index`. */
export interface RankedProbabilities {
  readonly reply: readonly number[];
  readonly retweet: readonly number[];
  readonly quote: readonly number[];
  readonly like: readonly number[];
}

/** Why the pairs of a message are scored as they are. Columns have one entry per pair, in the order of `pair_index`. */
export interface Explanation {
  readonly pairIndex: readonly number[];
  readonly feature: readonly FeatureColumn[];
  readonly member: readonly MemberOpinion[];
}

export interface FeatureColumn {
  /** As in docs/reference/features.md. */
  readonly name: string;
  /** NaN where the value is missing. */
  readonly value: readonly number[];
}

/**
 * What one model says, and how much it weighs in the answer. NaN where the model was missing; the weights are those of the
 * pairs that were answered with the least, renormalised over the models that answered.
 */
export interface MemberOpinion {
  readonly model: string;
  readonly reply: readonly number[];
  readonly retweet: readonly number[];
  readonly quote: readonly number[];
  readonly like: readonly number[];
  readonly weight: ScoreWeights | null;
  /** Use of the model in the answer to the pairs that were answered with the least. */
  readonly use: MemberUse;
  /** Engine that runs the model, as in ModelInfo. */
  readonly engine: string;
}

/** Use of a member (a model) in an answer. */
export type MemberUse = 'MEMBER_USE_UNSPECIFIED' | 'MEMBER_USE_WEIGHTED' | 'MEMBER_USE_INPUT' | 'MEMBER_USE_NONE' | 'MEMBER_USE_MISSING';

export interface RowStatus {
  readonly pairIndex: number;
  /** A google.rpc.Code. */
  readonly code: number;
  /** A stable code of the error catalogue, for instance INVALID_ROW. */
  readonly reason: string;
  /**
   * The field, the value seen and what was expected. Empty for all but the first 20 events of a reason, so that a response to
   * thousands of bad events stays small.
   */
  readonly message: string;
}

/** Where the time went inside the server, and the age of the statistics behind the features. */
export interface Timing {
  /** Microseconds, like the next three. */
  readonly queueUs: number;
  readonly featuresUs: number;
  readonly inferenceUs: number;
  readonly totalUs: number;
  /**
   * Time from the newest event in the statistics to the answer, by the server's clock, seconds. At most 4294967295. 0 if the gateway
   * takes no feedback.
   */
  readonly statisticsAgeS: number;
  /** Events that are durable and not yet in the statistics. At most 4294967295. */
  readonly feedbackLag: number;
}

/** Something that happened to a pair. */
export type EventKind = 'EVENT_KIND_UNSPECIFIED' | 'EVENT_KIND_IMPRESSION' | 'EVENT_KIND_REPLY' | 'EVENT_KIND_RETWEET' | 'EVENT_KIND_QUOTE' | 'EVENT_KIND_LIKE';

/**
 * Events of pairs. The pairs are named by tokens, or by a prediction and indexes. An event counts once per pair and kind: a request
 * may be sent again.
 */
export interface FeedbackRequest<Int64 = number> {
  /** Chosen by the caller, returned with the response. */
  readonly sequence: Int64;
  /** Tokens of PredictResponse.feedback_token: one per event. One pair may have several events. */
  readonly token: readonly Uint8Array[];
  /** Instead of tokens: the prediction_id of an answer with options.feedback.remember, and the pair of each event ... */
  readonly predictionId: Uint8Array;
  /** ... as an index of the pairs of its request. */
  readonly pairIndex: readonly number[];
  /** One entry for all events, or one per event. */
  readonly kind: readonly EventKind[];
  /**
   * Time of the event, Unix seconds. Empty = the server's clock, one entry = for all events, else one per event. Refused
   * (INVALID_EVENT) more than 300 seconds in the future, and more than 300 seconds before the prediction.
   */
  readonly timeS: readonly Int64[];
}

export interface FeedbackResponse<Int64 = number> {
  readonly sequence: Int64;
  /**
   * Absent when the events were taken; else why none was (ErrorInfo, BadRequest and RetryInfo in its details). The request can be
   * sent again.
   */
  readonly status: Status | null;
  /** Events that are durable and counted. */
  readonly acceptedCount: number;
  /** Events of a pair and kind that were counted before. */
  readonly duplicateCount: number;
  /** Events that are older than the attribution window. They are not counted. */
  readonly tooOldCount: number;
  /** Only the events that were neither accepted nor duplicates, by ascending event_index. */
  readonly eventStatus: readonly EventStatus[];
}

export interface EventStatus {
  /** Index of the event in its request. */
  readonly eventIndex: number;
  /** A google.rpc.Code. */
  readonly code: number;
  /** A stable code of the error catalogue: FEEDBACK_TOKEN_INVALID, FEEDBACK_TOKEN_FOREIGN, INVALID_EVENT, EVENT_TOO_OLD or NOT_FOUND. */
  readonly reason: string;
  /** The field, the value seen and what was expected. */
  readonly message: string;
}

export interface GetServerInfoRequest {
}

export interface GetServerInfoResponse<Int64 = number> {
  readonly serverVersion: string;
  readonly releaseId: string;
  readonly pipeline: string;
  readonly targets: readonly string[];
  readonly models: readonly ModelInfo[];
  readonly backend: string;
  /** Largest PredictRequest in pairs and in bytes. */
  readonly maxPairsPerMessage: number;
  readonly maxMessageBytes: number;
  readonly vocabularySize: number;
  /** What an answer may be made of, best first. */
  readonly rungs: readonly RungInfo[];
  /** Most bytes that options.explain adds to an answer: per pair answered, and once per answer. */
  readonly explainBytesPerPair: number;
  readonly explainBaseBytes: number;
  readonly feedback: FeedbackInfo<Int64> | null;
  /** Threads that serve, each with connections of its own. A connection stays with one thread: open one for each to use them all. */
  readonly workerCount: number;
  /** Thread that answers on this connection, from 0. */
  readonly workerIndex: number;
}

/** Whether the server takes feedback, and how far its statistics have come. */
export interface FeedbackInfo<Int64 = number> {
  /** False: the Feedback method and options.feedback are refused with FEEDBACK_OFF, and the other fields are 0. */
  readonly enabled: boolean;
  /** Log of the events: `embedded` or `kafka`. Later versions may add values. */
  readonly eventLog: string;
  /** Gateways with the same key scheme and keys accept the tokens of one another. */
  readonly keyScheme: number;
  /** Event time of the newest event in the statistics, Unix seconds. */
  readonly newestEventS: Int64;
  /** Events that are durable and not yet in the statistics. */
  readonly lag: Int64;
  /** Events since the state directory was made: counted, sent again, and older than the attribution window. */
  readonly appliedCount: Int64;
  readonly duplicateCount: Int64;
  readonly tooOldCount: Int64;
  /** Largest FeedbackRequest, events. */
  readonly maxEventsPerRequest: number;
}

/** A rung of the ladder: models of which some may be missing, or base rates. */
export interface RungInfo {
  readonly name: string;
  /** Measured mean relative cross entropy, percent. Absent when it was not measured. */
  readonly rce?: number;
}

export interface ModelInfo {
  readonly name: string;
  readonly version: string;
  readonly contentSha256: string;
  /**
   * Engine that runs the model: `onnxruntime` (ONNX Runtime in the server), `forest` (the forest walker in the server), `triton`
   * (Triton servers). Later versions may add values.
   */
  readonly engine: string;
}

/** The outcome of one message inside a stream. */
export interface Status {
  /** A google.rpc.Code; the numbers are those of gRPC status codes. */
  readonly code: number;
  /** For people. */
  readonly message: string;
  /** For programs: ErrorInfo, BadRequest, RetryInfo. */
  readonly details: readonly Any[];
}

/** Why, as a stable code. */
export interface ErrorInfo {
  /** A code of Pairstream's error catalogue. */
  readonly reason: string;
  /** Always "pairstream". */
  readonly domain: string;
}

/** When to try again. */
export interface RetryInfo<Int64 = number> {
  readonly retryDelay: Duration<Int64> | null;
}

/** Which fields were wrong. */
export interface BadRequest {
  readonly fieldViolations: readonly BadRequest_FieldViolation[];
}

export interface BadRequest_FieldViolation {
  /** Path of the field, for instance pairs.tweet_index[3]. */
  readonly field: string;
  readonly description: string;
}

export interface Any {
  readonly type_url: string;
  readonly value: Uint8Array;
}

export interface Duration<Int64 = number> {
  readonly seconds: Int64;
  readonly nanos: number;
}

/** Messages by full name. @typeParam Int64 `number`, or `string` where no digit may be lost */
export interface Messages<Int64 = number> {
  readonly 'pairstream.v1.PredictRequest': PredictRequest<Int64>;
  readonly 'pairstream.v1.PredictOptions': PredictOptions;
  readonly 'pairstream.v1.FeedbackOptions': FeedbackOptions;
  readonly 'pairstream.v1.ScoreWeights': ScoreWeights;
  readonly 'pairstream.v1.UserTable': UserTable<Int64>;
  readonly 'pairstream.v1.TweetTable': TweetTable<Int64>;
  readonly 'pairstream.v1.PairTable': PairTable<Int64>;
  readonly 'pairstream.v1.PredictResponse': PredictResponse<Int64>;
  readonly 'pairstream.v1.RankedProbabilities': RankedProbabilities;
  readonly 'pairstream.v1.Explanation': Explanation;
  readonly 'pairstream.v1.FeatureColumn': FeatureColumn;
  readonly 'pairstream.v1.MemberOpinion': MemberOpinion;
  readonly 'pairstream.v1.RowStatus': RowStatus;
  readonly 'pairstream.v1.Timing': Timing;
  readonly 'pairstream.v1.FeedbackRequest': FeedbackRequest<Int64>;
  readonly 'pairstream.v1.FeedbackResponse': FeedbackResponse<Int64>;
  readonly 'pairstream.v1.EventStatus': EventStatus;
  readonly 'pairstream.v1.GetServerInfoRequest': GetServerInfoRequest;
  readonly 'pairstream.v1.GetServerInfoResponse': GetServerInfoResponse<Int64>;
  readonly 'pairstream.v1.FeedbackInfo': FeedbackInfo<Int64>;
  readonly 'pairstream.v1.RungInfo': RungInfo;
  readonly 'pairstream.v1.ModelInfo': ModelInfo;
  readonly 'google.rpc.Status': Status;
  readonly 'google.rpc.ErrorInfo': ErrorInfo;
  readonly 'google.rpc.RetryInfo': RetryInfo<Int64>;
  readonly 'google.rpc.BadRequest': BadRequest;
  readonly 'google.rpc.BadRequest.FieldViolation': BadRequest_FieldViolation;
  readonly 'google.protobuf.Any': Any;
  readonly 'google.protobuf.Duration': Duration<Int64>;
}
