import { PairRecorder } from './events/pair-recorder.js';
import type { FeatureLog } from './feature-log/feature-log.js';
import type { FeedbackSink } from './feedback-sink.js';
import { type ServedEntry, ServedPairs, ServedPrediction } from './tokens/served-pairs.js';
import { TokenCodec } from './tokens/token-codec.js';
import type { TokenKeys } from './tokens/token-keys.js';

/** Name of a kind of event log. */
export type EventLogName = 'embedded' | 'kafka';

/** Settings of the feedback of a gateway. */
export interface FeedbackSettings {
  readonly sink: FeedbackSink;
  readonly eventLog: EventLogName;
  /** Of the release, see key-scheme.ts. */
  readonly keyScheme: number;
  readonly tokenKeys: TokenKeys;
  /** Bound of the served-pair log, bytes. */
  readonly maxServedPairsBytes: number;
  /** Logs the features of answered pairs. Default: they are not logged. */
  readonly featureLog?: FeatureLog | undefined;
  /** Finds the pairs of a prediction of another thread. Default: there is no other thread. */
  readonly findElsewhere?: ((predictionId: Uint8Array) => Promise<ServedEntry | undefined>) | undefined;
}

/** Feedback of a serving thread: makes and checks tokens, remembers served pairs, and hands events to the sink. */
export class Feedback {
  readonly sink: FeedbackSink;
  readonly eventLog: EventLogName;
  readonly keyScheme: number;
  readonly tokens: TokenCodec;
  readonly pairs: PairRecorder;
  readonly served: ServedPairs;
  readonly featureLog: FeatureLog | undefined;
  private readonly findElsewhere: FeedbackSettings['findElsewhere'];

  constructor(settings: FeedbackSettings) {
    const { sink, eventLog, keyScheme, tokenKeys, maxServedPairsBytes } = settings;
    this.featureLog = settings.featureLog;
    this.findElsewhere = settings.findElsewhere;
    this.sink = sink;
    this.eventLog = eventLog;
    this.keyScheme = keyScheme;
    this.tokens = new TokenCodec(tokenKeys);
    this.pairs = new PairRecorder(keyScheme);
    this.served = new ServedPairs(maxServedPairsBytes);
  }

  /** Pairs of a prediction that any thread of the gateway remembers; undefined if none does. */
  async findServed(predictionId: Uint8Array): Promise<ServedPrediction | undefined> {
    const entry = this.served.find(predictionId) ?? (await this.findElsewhere?.(predictionId));
    return entry === undefined ? undefined : new ServedPrediction(entry);
  }
}
