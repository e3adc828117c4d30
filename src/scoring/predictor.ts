import { Batcher, type BatchObserver, type BatchPolicy } from './batching/batcher.js';
import type { BatchSlot } from '../ensemble/batch-slot.js';
import { Ensemble, type EnsembleObserver } from '../ensemble/ensemble.js';
import type { BatchOutcome, Rung } from '../ensemble/ladder.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import type { ServicePace } from './batching/service-pace.js';
import { validateBatch } from '../features/batch-validation.js';
import type { ModelMetadata } from '../backends/backend.js';
import type { CallAccount } from '../concurrency/caller-accounts.js';
import type { PairBatch } from '../pairs/pair-batch.js';
import { CATALOGUE } from '../features/catalogue.js';
import type { FeatureMatrix } from '../features/feature-plan.js';
import type { InputWriter } from '../features/input-writers.js';
import type { TweetRows } from '../features/tweet-rows.js';
import type { Release } from '../releases/release.js';
import { Admission, type AdmissionBounds, type AdmissionObserver } from './admission.js';
import { type Explanation, ExplanationRecorder } from './explanation.js';
import { type AnswerLimits, checkExplanation, type ExplanationSize } from './explanation-size.js';
import { answeredPairCount, checkRanking, rank, type Ranking, type RankingOptions } from './ranking.js';
import { type RowFailure, type RowRecording, ScoredCall } from './scored-call.js';
import type { ServedRows } from './served-rows.js';

/** One batch is filled while another runs. */
const DEFAULT_SLOT_COUNT = 2;
/** Retry delay of a DEGRADED refusal, milliseconds: about the interval between probes of an ejected replica. */
const DEGRADED_RETRY_MS = 1_000;
/** Maximum number of idle per-request buffers kept for reuse. */
const MOST_IDLE_TWEET_ROWS = 16;
const LARGEST_KEPT_TWEETS = 8_192;
/** Timing of a request without a batch. */
const NO_RUN = { queueUs: 0, featuresUs: 0, inferenceUs: 0 };

/** One request to be scored. */
export interface PredictCall {
  /** The caller must not modify the batch until the promise settles. */
  readonly batch: PairBatch;
  /** Errors of pairs that decoding found invalid, by pair index. These pairs are not scored. */
  readonly invalidPairs?: ReadonlyMap<number, PairstreamError> | undefined;
  /** Instant on the clock of performance.now(); Infinity: no deadline. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** Call that the request came with, whose caller takes turns with others. Default: none; such requests are of one caller. */
  readonly call?: CallAccount | undefined;
  /** True if the answer explains the scores by feature values and model outputs. Default false. */
  readonly explain?: boolean;
  /** Bounds on the size of the answer, checked only with `explain`. Default: no bound. */
  readonly answerLimits?: AnswerLimits;
  /** Ranking options. Default: the pairs are not ranked. */
  readonly ranking?: RankingOptions;
  /** Name of the lowest acceptable rung. Empty or absent: every rung is acceptable. */
  readonly minRung?: string;
  /** False: no model runs, and the answer has no probabilities. Only with a recorder; not with `explain` or a ranking. Default true. */
  readonly hasScores?: boolean;
  /** Records the answered pairs. Default: none. */
  readonly recorder?: AnswerRecorder | undefined;
  /** Records rows with their features. Only if the predictor records rows, and with `hasScores`. Default: none. */
  readonly servedRows?: ServedRows | undefined;
}

/** Records the pairs of an answer. */
export interface AnswerRecorder {
  /**
   * Called once, before the promise of `predict` settles.
   * @param tweetRows begun with the batch, created with names; valid during the call
   * @param pairIndexes the ranked pairs in ranked order; without a ranking, all pairs that did not fail. Owned by the predictor
   */
  record(tweetRows: TweetRows, pairIndexes: Uint32Array): void;
}

/** The answer to one request. */
export interface Prediction {
  /** Row-major [pairs, 4]: reply, retweet, quote, like; NaN where the row failed; empty without scores. Owned by the caller. */
  readonly probabilities: Float32Array;
  /** By ascending pair index. */
  readonly rowFailures: readonly RowFailure[];
  readonly releaseId: string;
  readonly timing: PredictionTiming;
  /** Present if the ranking options have weights. */
  readonly ranking?: Ranking;
  /** Present with `explain`. Explains the ranked pairs in ranked order; without a ranking, all scored pairs. */
  readonly explanation?: Explanation;
  /** Name of the lowest rung at which pairs were answered; empty if no pair was scored. */
  readonly rung: string;
  /** Models that were missing for at least one pair, in the order of the stages. */
  readonly missingMembers: readonly string[];
}

/** Time per phase of a request, microseconds. */
export interface PredictionTiming {
  readonly queueUs: number;
  readonly featuresUs: number;
  readonly inferenceUs: number;
  readonly totalUs: number;
}

/** Release, models and limits of a predictor. */
export interface PredictorInfo {
  readonly releaseId: string;
  readonly pipelineName: string;
  readonly models: readonly ModelMetadata[];
  /** Best first. */
  readonly rungs: readonly Pick<Rung, 'name' | 'rce'>[];
  readonly backendName: string;
  readonly vocabularySize: number;
  readonly maxPairsPerMessage: number;
  readonly explanationSize: ExplanationSize;
}

/** Bounds of a predictor. */
export interface PredictorOptions extends BatchPolicy, AdmissionBounds {
  readonly backendName: string;
  /** At most maxInFlightPairs. */
  readonly maxPairsPerMessage: number;
  /** Bytes of cached outputs of towers. Default 0. */
  readonly towerCacheBytes?: number;
  /** Number of batch slots (batches being filled or in flight). Default 2. */
  readonly slotCount?: number;
  /** Measures the busy time per row. Default: a new ServicePace on performance.now(). */
  readonly pace?: ServicePace;
  /** True if calls may record rows: then all features of the catalogue can be computed. Default false. */
  readonly recordsRows?: boolean;
}

/** Receives the counts and measurements of a predictor. */
export interface PredictorObserver extends BatchObserver, EnsembleObserver, AdmissionObserver {}

/** Scores requests: checks and admits a request, batches its rows with the rows of other requests, and returns the results. */
export class Predictor {
  readonly info: PredictorInfo;
  private readonly batcher: Batcher<BatchSlot>;
  private readonly ensemble: Ensemble;
  private readonly writer: InputWriter;
  /** Features of the rows of the batch that is being written; undefined if the predictor records no rows. */
  private readonly catalogue: FeatureMatrix | undefined;
  /** Per-request buffers kept for reuse. */
  private readonly idleTweetRows: TweetRows[] = [];
  private readonly admission: Admission;
  private isDraining = false;

  constructor(
    private readonly release: Release,
    private readonly options: PredictorOptions,
    observer: PredictorObserver,
  ) {
    const { towerCacheBytes = 0, slotCount = DEFAULT_SLOT_COUNT, recordsRows = false } = options;
    const ensemble = new Ensemble(release.ensemble, { towerCacheBytes, observer });
    this.ensemble = ensemble;
    this.writer = release.createInputWriter(recordsRows);
    const width = CATALOGUE.length;
    if (recordsRows) this.catalogue = { data: new Float32Array(options.maxBatchRows * width), width };
    const slots = Array.from({ length: slotCount }, () => ensemble.createSlot(options.maxBatchRows));
    this.batcher = new Batcher(
      slots,
      options,
      (slot, rowCount, context) => ensemble.run(slot, rowCount, context),
      observer,
      options.pace,
      (slot, rowCount) => ensemble.answerSoFar(slot, rowCount),
    );
    this.admission = new Admission(
      options,
      (pairCount, caller) => this.batcher.estimate(pairCount, caller),
      observer,
    );
    this.info = {
      releaseId: release.id,
      pipelineName: release.name,
      models: release.models,
      rungs: release.ensemble.rungs,
      backendName: options.backendName,
      vocabularySize: release.vocabulary.size,
      maxPairsPerMessage: options.maxPairsPerMessage,
      explanationSize: new ExplanationRecorder(this.writer, release.ensemble).size,
    };
  }

  /** Number of pairs in flight. */
  get inFlightPairCount(): number {
    return this.admission.inFlightPairCount;
  }

  /**
   * Refuses a request before decoding, if `predict` would refuse the request with BUSY.
   * @param deadlineMs as in PredictCall
   * @param call as in PredictCall
   * @throws PairstreamError BUSY with retryAfterMs
   */
  checkAdmission(pairCount: number, deadlineMs: number, call?: CallAccount): void {
    const nowMs = performance.now();
    const isForPredict =
      this.isDraining || pairCount > this.options.maxPairsPerMessage || nowMs >= deadlineMs;
    if (!isForPredict) this.admission.check(pairCount, deadlineMs, nowMs, call);
  }

  /**
   * Scores the pairs of one request.
   * @throws PairstreamError if the whole request fails: SHUTTING_DOWN, MESSAGE_TOO_LARGE, DEADLINE_EXCEEDED, CANCELLED,
   *   BUSY and DEGRADED (with retryAfterMs), BACKEND_FAILED, BACKEND_UNAVAILABLE, INVALID_REQUEST for an unknown rung
   */
  async predict(call: PredictCall): Promise<Prediction> {
    const startedMs = performance.now();
    const pairCount = call.batch.pairs.count;
    const minLevel = this.levelOf(call.minRung);
    if (call.ranking !== undefined) checkRanking(call.ranking);
    this.checkCall(call, pairCount, startedMs);
    const admitted = this.admission.enter(pairCount, call.deadlineMs, startedMs, call.call);
    const tweetRows = this.takeTweetRows(call.recorder !== undefined || call.servedRows !== undefined);
    try {
      const invalid = merge(call.invalidPairs, validateBatch(call.batch, this.release.vocabulary.size));
      tweetRows.begin(call.batch);
      const recorder =
        call.explain === true ? new ExplanationRecorder(this.writer, this.release.ensemble) : undefined;
      const scored = new ScoredCall(tweetRows, invalid, this.writer, recorder, this.recordingOf(call));
      const timing = call.hasScores === false ? NO_RUN : await this.run(call, scored);
      const { outcome } = scored;
      const missingMembers = this.inOrder(scored.missingMembers);
      if (outcome !== undefined && outcome.level > minLevel)
        throw degraded(outcome, missingMembers, call.minRung);
      const probabilities = call.hasScores === false ? new Float32Array(0) : scored.probabilities;
      const ranking = call.ranking && rank(probabilities, call.batch.pairs.readerIndex, call.ranking);
      const explanation = recorder?.take(scored.failedPairs, outcome, ranking?.pairIndexes);
      const answered = ranking?.pairIndexes ?? scored.answeredPairs();
      call.recorder?.record(tweetRows, answered);
      if (call.hasScores !== false)
        call.servedRows?.finish(tweetRows, answered, { releaseId: this.release.id, probabilities });
      const totalUs = (performance.now() - startedMs) * 1_000;
      return {
        probabilities,
        rowFailures: scored.failures(),
        releaseId: this.release.id,
        timing: { ...timing, totalUs },
        ...(ranking === undefined ? {} : { ranking }),
        ...(explanation === undefined ? {} : { explanation }),
        rung: outcome?.rung.name ?? '',
        missingMembers,
      };
    } finally {
      call.servedRows?.release();
      this.keep(tweetRows);
      this.admission.leave(admitted, performance.now());
    }
  }

  /** Rung and weights of an answer without the given models; undefined if no rung can answer. */
  outcomeWithout(models: ReadonlySet<string>): BatchOutcome | undefined {
    return this.ensemble.outcomeWithout(models);
  }

  /**
   * Refuses new requests with SHUTTING_DOWN and waits for the requests in flight.
   * @returns true if all requests were answered within the timeout
   */
  async drain(timeoutMs: number): Promise<boolean> {
    this.isDraining = true;
    return await this.admission.whenIdle(timeoutMs);
  }

  /** Position of a rung in the ladder; Infinity for an empty name. @throws PairstreamError INVALID_REQUEST for an unknown name */
  private levelOf(rung = ''): number {
    if (rung === '') return Infinity;
    const { rungs } = this.info;
    const level = rungs.findIndex(({ name }) => name === rung);
    if (level >= 0) return level;
    const known = rungs.map(({ name }) => name).join(', ');
    const message = `options.min_rung: "${rung}" is unknown, expected one of the rungs ${known}`;
    throw new PairstreamError('INVALID_REQUEST', message, { field: 'options.min_rung' });
  }

  private inOrder(members: ReadonlySet<string>): string[] {
    return this.release.ensemble.stages.flat().flatMap(({ name }) => (members.has(name) ? [name] : []));
  }

  private checkCall(call: PredictCall, pairCount: number, nowMs: number): void {
    const { maxPairsPerMessage } = this.options;
    if (this.isDraining) throw new PairstreamError('SHUTTING_DOWN', 'the gateway is shutting down');
    if (pairCount > maxPairsPerMessage) {
      throw new PairstreamError(
        'MESSAGE_TOO_LARGE',
        `pairs: ${pairCount}, expected at most ${maxPairsPerMessage}`,
        {
          field: 'pairs',
        },
      );
    }
    if (call.explain === true) {
      const answeredCount = answeredPairCount(call.batch.pairs, call.ranking);
      checkExplanation(this.info.explanationSize, pairCount, answeredCount, call.answerLimits);
    }
    if (call.signal.aborted) throw new PairstreamError('CANCELLED', 'the caller cancelled');
    if (nowMs >= call.deadlineMs)
      throw new PairstreamError('DEADLINE_EXCEEDED', 'the deadline had passed on arrival');
  }

  private recordingOf({ servedRows: rows, hasScores = true }: PredictCall): RowRecording | undefined {
    const { catalogue } = this;
    return rows === undefined || catalogue === undefined || !hasScores ? undefined : { rows, catalogue };
  }

  private takeTweetRows(needsText: boolean): TweetRows {
    const idle = this.idleTweetRows.pop();
    return idle !== undefined && (idle.textScope === 'all' || !needsText)
      ? idle
      : this.writer.createTweetRows(needsText);
  }

  /** Keeps the buffers of a request for reuse, unless they are large or enough are kept. */
  private keep(tweetRows: TweetRows): void {
    const isWorthIt =
      tweetRows.capacity <= LARGEST_KEPT_TWEETS && this.idleTweetRows.length < MOST_IDLE_TWEET_ROWS;
    if (isWorthIt) this.idleTweetRows.push(tweetRows);
  }

  private run(call: PredictCall, scored: ScoredCall): Promise<Omit<PredictionTiming, 'totalUs'>> {
    if (scored.rowCount === 0) return Promise.resolve(NO_RUN);
    const { deadlineMs, signal } = call;
    return this.batcher.submit({
      rowCount: scored.rowCount,
      deadlineMs,
      signal,
      caller: call.call?.caller.name,
      writeRows: (slot, range) => scored.write(slot, range),
      readRows: (slot, range) => scored.read(slot, range),
    });
  }
}

function degraded(
  { rung }: BatchOutcome,
  missing: readonly string[],
  minRung: string | undefined,
): PairstreamError {
  const message = `answered at rung "${rung.name}" without ${missing.join(', ')}, expected "${minRung}" or better`;
  return new PairstreamError('DEGRADED', message, { retryAfterMs: DEGRADED_RETRY_MS });
}

function merge(
  known: ReadonlyMap<number, PairstreamError> | undefined,
  found: ReadonlyMap<number, PairstreamError> | undefined,
): ReadonlyMap<number, PairstreamError> | undefined {
  if (known === undefined || found === undefined) return known ?? found;
  return new Map([...found, ...known]);
}
