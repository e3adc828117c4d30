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
  /** The field, the value seen and what was expected. */
  readonly message: string;
}

/** Where the time went inside the server, microseconds. */
export interface Timing {
  readonly queueUs: number;
  readonly featuresUs: number;
  readonly inferenceUs: number;
  readonly totalUs: number;
}

export interface GetServerInfoRequest {
}

export interface GetServerInfoResponse {
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
  readonly 'pairstream.v1.GetServerInfoRequest': GetServerInfoRequest;
  readonly 'pairstream.v1.GetServerInfoResponse': GetServerInfoResponse;
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
