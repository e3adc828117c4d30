import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { PairstreamError } from '../errors/pairstream-error.js';
import type { MissingMemberLog } from './missing-member-log.js';

const SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const ROWS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192];
const US_PER_S = 1e6;
const MS_PER_S = 1e3;

/** Time of a request by stage, in microseconds. */
export interface RequestTiming {
  readonly queueUs: number;
  readonly featuresUs: number;
  readonly inferenceUs: number;
  readonly totalUs: number;
}

/** Metrics of one gateway, and the observers that feed them. Owns its registry, so several gateways can share a process. */
export class Telemetry {
  readonly registry = new Registry();
  private readonly requests = this.counter(
    'messages_total',
    'Requests answered, by outcome (OK or an error code)',
    ['outcome'],
  );
  private readonly pairs = this.counter('pairs_total', 'Pairs scored');
  private readonly failedRows = this.counter(
    'failed_rows_total',
    'Pairs that could not be scored, by reason',
    ['reason'],
  );
  private readonly answered = this.counter('answered_pairs_total', 'Pairs answered, by rung of the ladder', [
    'rung',
  ]);
  private readonly missing = this.counter(
    'missing_members_total',
    'Batches without an answer of a member, by member and reason (an error code)',
    ['member', 'reason'],
  );
  private readonly stages = new Histogram({
    name: 'pairstream_stage_seconds',
    help: 'Time of answered requests by stage (queue, features, inference, total)',
    labelNames: ['stage'],
    buckets: SECONDS,
    registers: [this.registry],
  });
  private readonly batchRows = new Histogram({
    name: 'pairstream_batch_rows',
    help: 'Rows per batch',
    buckets: ROWS,
    registers: [this.registry],
  });
  private readonly batchCalls = this.counter(
    'batch_calls_total',
    'Calls that took part in a batch, summed over batches',
  );
  private readonly batchSeconds = new Histogram({
    name: 'pairstream_batch_seconds',
    help: 'Time of one batch through the models',
    buckets: SECONDS,
    registers: [this.registry],
  });
  private readonly towerTweets = this.counter(
    'tower_tweets_total',
    'Distinct tweets of batches, by tower and by whether its output was cached (hit) or computed (miss)',
    ['tower', 'cache'],
  );
  private readonly towerCached = this.gauge('tower_cache_entries', 'Cached outputs of a tower', ['tower']);
  private readonly towerCapacity = this.gauge('tower_cache_entries_limit', 'Bound of tower_cache_entries', [
    'tower',
  ]);
  private readonly tags = this.gauge('language_tags', 'Cached language tags, at most 4,096');
  private readonly refused = this.counter(
    'refused_messages_total',
    'Requests refused with BUSY, by reason: in_flight (pairs in flight of all callers), caller (of one caller while others are active), stream (of one stream), deadline (no answer in time at the measured pace), queue (PAIRSTREAM_MAX_QUEUE_MS)',
    ['reason'],
  );
  private readonly pace = this.gauge(
    'pairs_per_second',
    'Measured pace: pairs per second of busy time, over recent batches',
  );
  private readonly queueTime = this.gauge(
    'queue_seconds',
    'Estimated time until all pairs of waiting and running batches are done; with several worker threads, of the slowest',
    [],
    'max',
  );
  private readonly waiting = this.gauge('waiting_rows', 'Rows that wait for a batch');
  private readonly inFlight = this.gauge('in_flight_pairs', 'Pairs in flight');
  private readonly streams = this.gauge('open_streams', 'Open PredictStream calls');
  private readonly paused = this.gauge(
    'paused_streams',
    'Streams that are not read because of back-pressure',
  );

  /**
   * @param maxInFlightPairs bound of in_flight_pairs, exported as a metric
   * @param missingMembers logs missing members; undefined: no log
   * @param collectsProcessMetrics false: without the metrics of Node and the process, which the main thread has
   */
  constructor(
    maxInFlightPairs: number,
    private readonly missingMembers?: MissingMemberLog,
    collectsProcessMetrics = true,
  ) {
    if (collectsProcessMetrics) collectDefaultMetrics({ register: this.registry });
    this.gauge('in_flight_pairs_limit', 'Bound of in_flight_pairs', [], 'max').set(maxInFlightPairs);
  }

  requestAnswered(outcome: string, pairCount: number, timing?: RequestTiming): void {
    this.requests.inc({ outcome });
    if (timing === undefined) return;
    this.pairs.inc(pairCount);
    this.stages.observe({ stage: 'queue' }, timing.queueUs / US_PER_S);
    this.stages.observe({ stage: 'features' }, timing.featuresUs / US_PER_S);
    this.stages.observe({ stage: 'inference' }, timing.inferenceUs / US_PER_S);
    this.stages.observe({ stage: 'total' }, timing.totalUs / US_PER_S);
  }

  rowFailed(reason: string): void {
    this.failedRows.inc({ reason });
  }

  /** Counts pairs with probabilities, answered at a rung of the ladder. */
  pairsAnswered(rung: string, pairCount: number): void {
    this.answered.inc({ rung }, pairCount);
  }

  memberMissing(member: string, reason: PairstreamError): void {
    this.missing.inc({ member, reason: reason.code });
    this.missingMembers?.add(member, reason);
  }

  batchSent(rowCount: number, callCount: number): void {
    this.batchRows.observe(rowCount);
    this.batchCalls.inc(callCount);
  }

  batchDone(elapsedUs: number): void {
    this.batchSeconds.observe(elapsedUs / US_PER_S);
  }

  towerLookedUp(
    tower: string,
    hitCount: number,
    missCount: number,
    cachedCount: number,
    capacity: number,
  ): void {
    this.towerTweets.inc({ tower, cache: 'hit' }, hitCount);
    this.towerTweets.inc({ tower, cache: 'miss' }, missCount);
    this.towerCached.set({ tower }, cachedCount);
    this.towerCapacity.set({ tower }, capacity);
  }

  languageTags(tagCount: number): void {
    this.tags.set(tagCount);
  }

  waitingRows(rowCount: number): void {
    this.waiting.set(rowCount);
  }

  inFlightPairs(pairCount: number): void {
    this.inFlight.set(pairCount);
  }

  requestRefused(reason: string): void {
    this.refused.inc({ reason });
  }

  /** Records pace and estimated queue time after a batch, in milliseconds. */
  paceMeasured(msPerRow: number, queueMs: number): void {
    this.pace.set(MS_PER_S / msPerRow);
    this.queueTime.set(queueMs / MS_PER_S);
  }

  openStreams(change: 1 | -1): void {
    this.streams.inc(change);
  }

  pausedStreams(change: 1 | -1): void {
    this.paused.inc(change);
  }

  private counter(name: string, help: string, labelNames: string[] = []): Counter {
    return new Counter({ name: `pairstream_${name}`, help, labelNames, registers: [this.registry] });
  }

  /** @param aggregator how the values of several worker threads become one */
  private gauge(
    name: string,
    help: string,
    labelNames: string[] = [],
    aggregator: 'sum' | 'max' = 'sum',
  ): Gauge {
    const registers = [this.registry];
    return new Gauge({ name: `pairstream_${name}`, help, labelNames, registers, aggregator });
  }
}
