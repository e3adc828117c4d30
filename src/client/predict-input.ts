/** One request: three tables in columns, as in proto/pairstream/v1/pair_service.proto, which says what each holds. */
export interface PredictInput {
  /** How long the server may take, milliseconds from the message's arrival; 0 or absent: as long as the call lives. */
  timeoutMs?: number;
  users: { id: Uint8Array[]; followerCount: number[]; followingCount: number[] };
  tweets: {
    authorIndex: number[];
    /** 1 top level, 2 retweet, 3 quote. */
    type: number[];
    language: string[];
    createdAtS: number[];
    tokenCount: number[];
    token: number[];
    mediaCount: number[];
    /** 1 photo, 2 video, 3 GIF. */
    media: number[];
    hashtagCount: number[];
    linkCount: number[];
    domainCount: number[];
  };
  pairs: {
    tweetIndex: number[];
    readerIndex: number[];
    authorFollowsReader: boolean[];
    /** Empty: the server's clock; one entry: for all pairs; else one per pair. Unix seconds. */
    asOfS: number[];
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

/** Where a message's time went in the server, microseconds. */
export interface ServerTiming {
  readonly queueUs: number;
  readonly featuresUs: number;
  readonly inferenceUs: number;
  readonly totalUs: number;
}

/** The answer to a request. */
export interface PredictOutput {
  /** One value per pair, in the request's order; NaN where `rowStatus` tells why. */
  readonly reply: Float32Array;
  readonly retweet: Float32Array;
  readonly quote: Float32Array;
  readonly like: Float32Array;
  readonly rowStatus: readonly RowStatus[];
  readonly releaseId: string;
  readonly timing: ServerTiming;
}

/** What a server runs and accepts. */
export interface ServerInfo {
  readonly serverVersion: string;
  readonly releaseId: string;
  readonly pipeline: string;
  readonly targets: readonly string[];
  readonly models: readonly {
    readonly name: string;
    readonly version: string;
    readonly contentSha256: string;
  }[];
  readonly backend: string;
  readonly maxPairsPerMessage: number;
  readonly maxMessageBytes: number;
  readonly vocabularySize: number;
}
