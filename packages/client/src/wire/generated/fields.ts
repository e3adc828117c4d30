// Generated from proto/ by scripts/generate-wire.ts. Do not edit; run `make docs`.

/** Field numbers by message. */
export const FIELD_NUMBER = {
  PredictRequest: { sequence: 1, timeoutMs: 2, users: 3, tweets: 4, pairs: 5, options: 6 },
  PredictOptions: { scoreWeights: 1, topK: 2, explain: 3, ordered: 4, minRung: 5, keepProbabilities: 6, rankPerReader: 7, feedback: 8 },
  FeedbackOptions: { tokens: 1, remember: 2, shown: 3, tokensOnly: 4 },
  ScoreWeights: { reply: 1, retweet: 2, quote: 3, like: 4 },
  UserTable: { id: 1, followerCount: 2, followingCount: 3, isVerified: 4, accountCreatedAtS: 5, idText: 6, idNumber: 7 },
  TweetTable: { authorIndex: 1, type: 2, language: 3, createdAtS: 4, tokenCount: 5, token: 6, mediaCount: 7, media: 8, hashtagCount: 9, linkCount: 10, domainCount: 11, text: 12, id: 13, idText: 14, idNumber: 15, firstHashtag: 16, firstLink: 17, firstDomain: 18 },
  PairTable: { tweetIndex: 1, readerIndex: 2, authorFollowsReader: 3, asOfS: 4 },
  PredictResponse: { sequence: 1, status: 2, reply: 3, retweet: 4, quote: 5, like: 6, rowStatus: 7, releaseId: 8, timing: 9, rankedPairIndex: 10, rankedScore: 11, explanation: 12, rung: 13, missingMembers: 14, rankedProbabilities: 15, rankedReaderIndex: 16, rankedCount: 17, feedbackToken: 18, predictionId: 19, shownStatus: 20 },
  RankedProbabilities: { reply: 1, retweet: 2, quote: 3, like: 4 },
  Explanation: { pairIndex: 1, feature: 2, member: 3 },
  FeatureColumn: { name: 1, value: 2 },
  MemberOpinion: { model: 1, reply: 2, retweet: 3, quote: 4, like: 5, weight: 6, use: 7, engine: 8 },
  RowStatus: { pairIndex: 1, code: 2, reason: 3, message: 4 },
  Timing: { queueUs: 1, featuresUs: 2, inferenceUs: 3, totalUs: 4, statisticsAgeS: 5, feedbackLag: 6 },
  FeedbackRequest: { sequence: 1, token: 2, predictionId: 3, pairIndex: 4, kind: 5, timeS: 6 },
  FeedbackResponse: { sequence: 1, status: 2, acceptedCount: 3, duplicateCount: 4, tooOldCount: 5, eventStatus: 6 },
  EventStatus: { eventIndex: 1, code: 2, reason: 3, message: 4 },
  GetServerInfoResponse: { serverVersion: 1, releaseId: 2, pipeline: 3, targets: 4, models: 5, backend: 6, maxPairsPerMessage: 7, maxMessageBytes: 8, vocabularySize: 9, rungs: 10, explainBytesPerPair: 11, explainBaseBytes: 12, feedback: 13, workerCount: 14, workerIndex: 15 },
  FeedbackInfo: { enabled: 1, eventLog: 2, keyScheme: 3, newestEventS: 4, lag: 5, appliedCount: 6, duplicateCount: 7, tooOldCount: 8, maxEventsPerRequest: 9 },
  RungInfo: { name: 1, rce: 2 },
  ModelInfo: { name: 1, version: 2, contentSha256: 3, engine: 4 },
  Status: { code: 1, message: 2, details: 3 },
  ErrorInfo: { reason: 1, domain: 2 },
  RetryInfo: { retryDelay: 1 },
  BadRequest: { fieldViolations: 1 },
  BadRequest_FieldViolation: { field: 1, description: 2 },
  Any: { type_url: 1, value: 2 },
  Duration: { seconds: 1, nanos: 2 },
} as const;

/** Numbers of the values by enum. */
export const ENUM_NUMBER = {
  TweetType: { TWEET_TYPE_UNSPECIFIED: 0, TWEET_TYPE_TOP_LEVEL: 1, TWEET_TYPE_RETWEET: 2, TWEET_TYPE_QUOTE: 3 },
  Media: { MEDIA_UNSPECIFIED: 0, MEDIA_PHOTO: 1, MEDIA_VIDEO: 2, MEDIA_GIF: 3 },
  MemberUse: { MEMBER_USE_UNSPECIFIED: 0, MEMBER_USE_WEIGHTED: 1, MEMBER_USE_INPUT: 2, MEMBER_USE_NONE: 3, MEMBER_USE_MISSING: 4 },
  EventKind: { EVENT_KIND_UNSPECIFIED: 0, EVENT_KIND_IMPRESSION: 1, EVENT_KIND_REPLY: 2, EVENT_KIND_RETWEET: 3, EVENT_KIND_QUOTE: 4, EVENT_KIND_LIKE: 5 },
} as const;

/** HTTP/2 path, and full names of request and response, by method. */
export const METHOD = {
  Predict: { path: '/pairstream.v1.PairService/Predict', request: 'pairstream.v1.PredictRequest', response: 'pairstream.v1.PredictResponse' },
  PredictStream: { path: '/pairstream.v1.PairService/PredictStream', request: 'pairstream.v1.PredictRequest', response: 'pairstream.v1.PredictResponse' },
  Feedback: { path: '/pairstream.v1.PairService/Feedback', request: 'pairstream.v1.FeedbackRequest', response: 'pairstream.v1.FeedbackResponse' },
  GetServerInfo: { path: '/pairstream.v1.PairService/GetServerInfo', request: 'pairstream.v1.GetServerInfoRequest', response: 'pairstream.v1.GetServerInfoResponse' },
} as const;
