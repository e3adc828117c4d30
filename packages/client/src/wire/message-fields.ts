/**
 * Field numbers of the messages that are read and written by hand because they carry the columns. They repeat
 * proto/pairstream/v1/pair_service.proto; a test holds them against it.
 */
export const MESSAGE_FIELDS = {
  PredictRequest: { sequence: 1, timeout_ms: 2, users: 3, tweets: 4, pairs: 5, options: 6 },
  PredictOptions: {
    score_weights: 1,
    top_k: 2,
    explain: 3,
    ordered: 4,
    min_rung: 5,
    keep_probabilities: 6,
    rank_per_reader: 7,
  },
  ScoreWeights: { reply: 1, retweet: 2, quote: 3, like: 4 },
  UserTable: {
    id: 1,
    follower_count: 2,
    following_count: 3,
    is_verified: 4,
    account_created_at_s: 5,
    id_text: 6,
    id_number: 7,
  },
  TweetTable: {
    author_index: 1,
    type: 2,
    language: 3,
    created_at_s: 4,
    token_count: 5,
    token: 6,
    media_count: 7,
    media: 8,
    hashtag_count: 9,
    link_count: 10,
    domain_count: 11,
    text: 12,
    id: 13,
    id_text: 14,
    id_number: 15,
    first_hashtag: 16,
    first_link: 17,
    first_domain: 18,
  },
  PairTable: { tweet_index: 1, reader_index: 2, author_follows_reader: 3, as_of_s: 4 },
  PredictResponse: {
    sequence: 1,
    status: 2,
    reply: 3,
    retweet: 4,
    quote: 5,
    like: 6,
    row_status: 7,
    release_id: 8,
    timing: 9,
    ranked_pair_index: 10,
    ranked_score: 11,
    explanation: 12,
    rung: 13,
    missing_members: 14,
    ranked_probabilities: 15,
    ranked_reader_index: 16,
    ranked_count: 17,
  },
  RankedProbabilities: { reply: 1, retweet: 2, quote: 3, like: 4 },
  Explanation: { pair_index: 1, feature: 2, member: 3 },
  FeatureColumn: { name: 1, value: 2 },
  MemberOpinion: { model: 1, reply: 2, retweet: 3, quote: 4, like: 5, weight: 6, use: 7 },
  RowStatus: { pair_index: 1, code: 2, reason: 3, message: 4 },
  Timing: { queue_us: 1, features_us: 2, inference_us: 3, total_us: 4 },
} as const;

/** Numbers of pairstream.v1.MemberUse; 0 is unspecified. */
export const MEMBER_USE_CODE = { weighted: 1, input: 2, none: 3, missing: 4 } as const;

/** Wire types of the protobuf encoding (protobuf.dev, "Encoding"). */
export const WIRE_TYPE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Paths of the methods of pairstream.v1.PairService. */
export const METHOD_PATH = {
  predict: '/pairstream.v1.PairService/Predict',
  predictStream: '/pairstream.v1.PairService/PredictStream',
  getServerInfo: '/pairstream.v1.PairService/GetServerInfo',
} as const;

/** `domain` of every google.rpc.ErrorInfo that a gateway sends. */
export const ERROR_DOMAIN = 'pairstream';

/** Trailer that carries a google.rpc.Status beside the code and text of a failed unary call. */
export const STATUS_DETAILS_KEY = 'grpc-status-details-bin';

/** Messages up to this size are sent and accepted unless told otherwise: 64 MiB. */
export const DEFAULT_MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
