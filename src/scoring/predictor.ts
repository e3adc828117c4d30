import { Batcher, type BatchObserver, type BatchPolicy } from './batching/batcher.js';
import type { BatchSlot } from '../ensemble/batch-slot.js';
import { Ensemble, type EnsembleObserver } from '../ensemble/ensemble.js';
import type { BatchOutcome, Rung } from '../ensemble/ladder.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import type { ServicePace } from './batching/service-pace.js';
import { validateBatch } from '../features/batch-validation.js';
import type { ModelMetadata } from '../backends/backend.js';
import type { PairBatch } from '../pairs/pair-batch.js';
import type { InputWriter } from '../features/input-writers.js';
import type { TweetRows } from '../features/tweet-rows.js';
import type { Release } from '../releases/release.js';
import { Admission, type AdmissionBounds, type AdmissionObserver } from './admission.js';
import { type Explanation, ExplanationRecorder } from './explanation.js';
import { type AnswerRoom, checkExplanation, type ExplanationSize } from './explanation-size.js';
import { answeredPairCount, checkRanking, rank, type Ranking, type RankingOptions } from './ranking.js';
import { type RowFailure, ScoredCall } from './scored-call.js';

/** One batch is filled while another runs. */
const DEFAULT_SLOT_COUNT = 2;
/** Retry delay of a DEGRADED refusal, milliseconds: about the interval between probes of an ejected replica. */
const DEGRADED_RETRY_MS = 1_000;
/** Maximum number of idle per-request buffers kept for reuse. */
const MOST_IDLE_MESSAGES = 16;
const LARGEST_KEPT_TWEETS = 8_192;

/** One message to be scored. */
export interface PredictCall {
  /** The caller must not modify the batch until the promise settles. */
  readonly batch: PairBatch;
  /** Pairs that are known to be wrong already, by pair index; they are not scored. */
  readonly invalidPairs?: ReadonlyMap<number, PairstreamError> | undefined;
  /** Absolute, on the clock of performance.now(); Infinity when there is none. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** Whether feature values and every model's opinion are wanted as well. Default false. */
  readonly explain?: boolean;
  /** Room for the explanation. Default: any number of bytes. */
  readonly answerRoom?: AnswerRoom;
  /** How the pairs are ranked. Default: not at all. */
  readonly ranking?: RankingOptions;
  /** Name of the rung that must be reached at least; empty or absent: any will do. */
  readonly minRung?: string;
}

/** The answer to one message. */
export interface Prediction {
  /** Row-major [pairs, 4]: reply, retweet, quote, like; NaN where the row failed. The caller's. */
  readonly probabilities: Float32Array;
  /** By ascending pair index. */
  readonly rowFailures: readonly RowFailure[];
  readonly releaseId: string;
  readonly timing: PredictionTiming;
  /** With ranking options that have weights. */
  readonly ranking?: Ranking;
  /** With `explain`: of the ranked pairs, in their order; without a ranking of all pairs that were scored. */
  readonly explanation?: Explanation;
  /** The lowest rung of the ladder that pairs were answered at; empty when no pair was scored. */
  readonly rung: string;
  /** Members that some of the pairs were answered without, in the order of the stages. */
  readonly missingMembers: readonly string[];
}

/** Where the time went, microseconds. */
export interface PredictionTiming {
  readonly queueUs: number;
  readonly featuresUs: number;
  readonly inferenceUs: number;
  readonly totalUs: number;
}

/** What a predictor runs and accepts. */
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
  /** Batches that are filled or run at once. Default 2. */
  readonly slotCount?: number;
  /** Default: a new one, on performance.now(). */
  readonly pace?: ServicePace;
}

/** Receives what a predictor counts. */
export interface PredictorObserver extends BatchObserver, EnsembleObserver, AdmissionObserver {}

/** Scores messages: checks them, admits them within bounds, batches them and scatters the results back. */
export class Predictor {
  readonly info: PredictorInfo;
  private readonly batcher: Batcher<BatchSlot>;
  private readonly ensemble: Ensemble;
  private readonly writer: InputWriter;
  /** For the next messages; as many are made as there were messages in flight at once, which admission bounds. */
  private readonly idleMessages: TweetRows[] = [];
  private readonly admission: Admission;
  private isDraining = false;
  /** Resolved when nothing is in flight any more; made by the first drain. */
  private idle: PromiseWithResolvers<void> | undefined;

  constructor(
    private readonly release: Release,
    private readonly options: PredictorOptions,
    observer: PredictorObserver,
  ) {
    const { towerCacheBytes = 0, slotCount = DEFAULT_SLOT_COUNT } = options;
    const ensemble = new Ensemble(release.ensemble, { towerCacheBytes, observer });
    this.ensemble = ensemble;
    this.writer = release.createInputWriter();
    const slots = Array.from({ length: slotCount }, () => ensemble.createSlot(options.maxBatchRows));
    this.batcher = new Batcher(
      slots,
      options,
      (slot, rowCount, context) => ensemble.run(slot, rowCount, context),
      observer,
      options.pace,
    );
    this.admission = new Admission(options, (pairCount) => this.batcher.estimate(pairCount), observer);
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

  /** Pairs taken in and not answered yet. */
  get inFlightPairCount(): number {
    return this.admission.inFlightPairCount;
  }

  /**
   * Refuses a message that `predict` would refuse as BUSY, before it is decoded.
   * @param deadlineMs as in PredictCall
   * @throws PairstreamError BUSY with retryAfterMs
   */
  checkAdmission(pairCount: number, deadlineMs: number): void {
    const nowMs = performance.now();
    const isForPredict =
      this.isDraining || pairCount > this.options.maxPairsPerMessage || nowMs >= deadlineMs;
    if (!isForPredict) this.admission.check(pairCount, deadlineMs, nowMs);
  }

  /**
   * Scores the pairs of one message.
   * @throws PairstreamError for the message as a whole: SHUTTING_DOWN, MESSAGE_TOO_LARGE, DEADLINE_EXCEEDED, CANCELLED,
   *   BUSY and DEGRADED (with retryAfterMs), BACKEND_FAILED, BACKEND_UNAVAILABLE, INVALID_REQUEST for an unknown rung
   */
  async predict(call: PredictCall): Promise<Prediction> {
    const startedMs = performance.now();
    const pairCount = call.batch.pairs.count;
    const minLevel = this.levelOf(call.minRung);
    if (call.ranking !== undefined) checkRanking(call.ranking);
    this.checkCall(call, pairCount, startedMs);
    const admitted = this.admission.enter(pairCount, call.deadlineMs, startedMs);
    const message = this.idleMessages.pop() ?? this.writer.createMessage();
    try {
      const invalid = merge(call.invalidPairs, validateBatch(call.batch, this.release.vocabulary.size));
      message.begin(call.batch);
      const recorder =
        call.explain === true ? new ExplanationRecorder(this.writer, this.release.ensemble) : undefined;
      const scored = new ScoredCall(message, invalid, this.writer, recorder);
      const timing = await this.run(call, scored);
      const { outcome } = scored;
      const missingMembers = this.inOrder(scored.missingMembers);
      if (outcome !== undefined && outcome.level > minLevel)
        throw degraded(outcome, missingMembers, call.minRung);
      const { probabilities } = scored;
      const ranking = call.ranking && rank(probabilities, call.batch.pairs.readerIndex, call.ranking);
      const explanation = recorder?.take(scored.failedPairs, outcome, ranking?.pairIndexes);
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
      this.keep(message);
      this.admission.leave(admitted, performance.now());
      if (this.inFlightPairCount === 0) this.idle?.resolve();
    }
  }

  /** How pairs would be answered without some models; undefined when they would not be. */
  outcomeWithout(models: ReadonlySet<string>): BatchOutcome | undefined {
    return this.ensemble.outcomeWithout(models);
  }

  /**
   * Takes no more calls and waits for those in flight.
   * @returns whether all were answered within the time
   */
  async drain(timeoutMs: number): Promise<boolean> {
    this.isDraining = true;
    if (this.inFlightPairCount === 0) return true;
    this.idle ??= Promise.withResolvers();
    let timer: NodeJS.Timeout | undefined;
    const timeOver = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), timeoutMs);
    });
    const isIdle = await Promise.race([this.idle.promise.then(() => true), timeOver]);
    clearTimeout(timer);
    return isIdle;
  }

  /** Place of a rung in the ladder. @throws PairstreamError INVALID_REQUEST for a name that is none */
  private levelOf(rung = ''): number {
    if (rung === '') return Infinity;
    const { rungs } = this.info;
    const level = rungs.findIndex(({ name }) => name === rung);
    if (level >= 0) return level;
    const known = rungs.map(({ name }) => name).join(', ');
    const message = `options.min_rung: "${rung}" is no rung, expected one of ${known}`;
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
      checkExplanation(this.info.explanationSize, pairCount, answeredCount, call.answerRoom);
    }
    if (call.signal.aborted) throw new PairstreamError('CANCELLED', 'the caller cancelled');
    if (nowMs >= call.deadlineMs)
      throw new PairstreamError('DEADLINE_EXCEEDED', 'the deadline was over on arrival');
  }

  /** Keeps what the next message can use, unless it is large or there is enough of it. */
  private keep(message: TweetRows): void {
    const isWorthIt =
      message.capacity <= LARGEST_KEPT_TWEETS && this.idleMessages.length < MOST_IDLE_MESSAGES;
    if (isWorthIt) this.idleMessages.push(message);
  }

  private run(call: PredictCall, scored: ScoredCall): Promise<Omit<PredictionTiming, 'totalUs'>> {
    if (scored.rowCount === 0) return Promise.resolve({ queueUs: 0, featuresUs: 0, inferenceUs: 0 });
    const { deadlineMs, signal } = call;
    return this.batcher.submit({
      rowCount: scored.rowCount,
      deadlineMs,
      signal,
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
  const message = `answered at rung "${rung.name}" for want of ${missing.join(', ')}, expected "${minRung}" or better`;
  return new PairstreamError('DEGRADED', message, { retryAfterMs: DEGRADED_RETRY_MS });
}

function merge(
  known: ReadonlyMap<number, PairstreamError> | undefined,
  found: ReadonlyMap<number, PairstreamError> | undefined,
): ReadonlyMap<number, PairstreamError> | undefined {
  if (known === undefined || found === undefined) return known ?? found;
  return new Map([...found, ...known]);
}
