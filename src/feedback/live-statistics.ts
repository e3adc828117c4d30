import { ExponentialBackoff, handleAll, retry } from 'cockatiel';
import { PairstreamError } from '../errors/pairstream-error.js';
import type { Hash64 } from '../pairs/murmur3.js';
import type { StatisticsTable } from '../statistics/statistics-table.js';
import { EVENT_BYTES } from './events/event-record.js';
import type { FeedbackFreshness, FeedbackSink } from './feedback-sink.js';
import type { ForgottenCounts } from './learning/forget-user.js';
import { StateGauges } from './learning/state-gauges.js';
import type { StateSettings } from './learning/state-settings.js';
import { FIRST_RESTART_MS, StateThread } from './learning/state-thread.js';

/** Delay that a caller should wait before it sends refused events again. */
const BUSY_RETRY_MS = 100;
/** Longest delay before the state thread is started anew, milliseconds. */
const LAST_RESTART_MS = 30_000;
const CLOSE_TIMEOUT_MS = 60_000;

/** Parts of LiveStatistics. */
export interface LiveStatisticsOptions {
  readonly settings: StateSettings;
  /** Tables of the release. They adopt the memory that the state thread writes. */
  readonly tables: readonly StatisticsTable[];
  /** Writes one line to the log of the process. */
  readonly warn: (line: string) => void;
  /** Called when a table has new memory, for other threads that read it. */
  readonly onTable?: (name: string, buffer: SharedArrayBuffer) => void;
}

/**
 * Statistics that learn from feedback: the serving side of the state thread. If the thread ends, the tables stay as they are, and
 * feedback is refused until the thread has restored its state.
 */
export class LiveStatistics implements FeedbackSink {
  /** Numbers of the state thread, for metrics. */
  readonly gauges = new StateGauges();
  private readonly options: LiveStatisticsOptions;
  private readonly tables: ReadonlyMap<string, StatisticsTable>;
  private readonly closing = new AbortController();
  private thread: StateThread | undefined;
  private problemNow: string | undefined;
  private inFlightCount = 0;
  /** True once the tables are those of a state. */
  private hasTables = false;
  private restarts = 0;
  private closed: Promise<void> | undefined;

  constructor(options: LiveStatisticsOptions) {
    this.options = options;
    this.tables = new Map(options.tables.map((table) => [table.name, table]));
  }

  /**
   * Starts the state thread, restores the newest snapshot and applies the events behind it. With `startsWithoutBroker`, it is also
   * started if no broker can be reached: the tables are those of the snapshot then, and the thread goes on by itself.
   * @throws PairstreamError EVENT_LOG_DAMAGED, EVENT_LOG_UNAVAILABLE, EVENT_LOG_GAP, OUTPUT_FAILED, INVALID_SNAPSHOT, INVALID_CONFIG
   */
  static async start(options: LiveStatisticsOptions): Promise<LiveStatistics> {
    const live = new LiveStatistics(options);
    await live.start();
    return live;
  }

  /** Starts the state thread of a new object. Until it has started, feedback is refused. @throws PairstreamError as the static method */
  async start(): Promise<void> {
    await this.startThread();
  }

  /** Reason why feedback is refused at the moment; undefined if it is accepted. */
  get problem(): string | undefined {
    return this.problemNow;
  }

  /** Number of times that the state thread was started anew. */
  get restartCount(): number {
    return this.restarts;
  }

  get freshness(): FeedbackFreshness {
    const { freshness } = this.gauges;
    return { ...freshness, lagCount: Math.max(this.inFlightCount, freshness.lagCount) };
  }

  async submit(events: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    const thread = this.runningThread();
    const { maxPendingCount } = this.options.settings;
    const count = events.length / EVENT_BYTES;
    if (this.inFlightCount + count > maxPendingCount)
      throw new PairstreamError(
        'BUSY',
        `${this.inFlightCount} events are in flight, the maximum is ${maxPendingCount}`,
        { retryAfterMs: BUSY_RETRY_MS },
      );
    this.inFlightCount += count;
    try {
      const outcomes = await thread.call({ kind: 'submit', events }, [events.buffer]);
      if (outcomes instanceof Uint8Array) return outcomes;
      throw new PairstreamError('INTERNAL', 'the state thread answered without outcomes');
    } finally {
      this.inFlightCount -= count;
    }
  }

  /** Writes a snapshot now, if events were applied since the newest one. @returns false if it failed; the log has the reason */
  async snapshot(): Promise<boolean> {
    return (await this.runningThread().call({ kind: 'snapshot' })) === true;
  }

  /**
   * Removes what belongs to one user alone from tables, log and snapshots.
   * @param user hash of the user's id
   * @throws PairstreamError OUTPUT_FAILED, EVENT_LOG_UNAVAILABLE; the caller then repeats it
   */
  async forget(user: Readonly<Hash64>): Promise<ForgottenCounts> {
    const counts = await this.runningThread().call({ kind: 'forget', user: { lo: user.lo, hi: user.hi } });
    if (typeof counts === 'object' && 'keyCount' in counts) return counts;
    throw new PairstreamError('INTERNAL', 'the state thread answered without counts');
  }

  /** Ends the thread at once, as a crash does. */
  protected async crash(): Promise<void> {
    await this.thread?.kill();
  }

  /**
   * Answers the events in flight, writes a snapshot and ends the thread. Later events fail with SHUTTING_DOWN. During the start, the
   * thread is ended at once, and `start` fails with SHUTTING_DOWN. May be called more than once.
   */
  async close(): Promise<void> {
    await (this.closed ??= this.end());
  }

  private async end(): Promise<void> {
    this.closing.abort();
    await this.thread?.close(CLOSE_TIMEOUT_MS);
    this.thread = undefined;
  }

  private runningThread(): StateThread {
    if (this.closing.signal.aborted)
      throw new PairstreamError('SHUTTING_DOWN', 'the gateway is shutting down');
    if (this.thread !== undefined && this.problemNow === undefined) return this.thread;
    throw new PairstreamError('EVENT_LOG_UNAVAILABLE', this.problemNow ?? 'the state thread starts', {
      retryAfterMs: FIRST_RESTART_MS,
    });
  }

  protected async startThread(): Promise<void> {
    const waiting = Promise.withResolvers<void>();
    const thread = new StateThread(this.options.settings, this.gauges, {
      onTable: (name, buffer) => this.adopt(name, buffer),
      onWaiting: (problem, tables) => {
        // After a crash, the tables in memory are newer than the snapshot.
        if (!this.hasTables) for (const { name, buffer } of tables) this.adopt(name, buffer);
        this.hasTables = true;
        this.problemNow = problem.message;
        this.options.warn(`feedback is refused until a broker answers: ${problem.message}`);
        waiting.resolve();
      },
      onWarning: this.options.warn,
    });
    this.thread = thread;
    const ready = this.noteReady(thread);
    const isReady = await Promise.race([ready, waiting.promise.then(() => false)]);
    void thread.ended.then((error) => (error === undefined ? undefined : this.restart(error)));
    if (isReady) return;
    // If the thread ends before it is ready, its end has the reason.
    void ready.then(
      () => this.options.warn('a broker answers; feedback is accepted'),
      () => undefined,
    );
  }

  /** Accepts feedback when a thread is ready. @returns true */
  private async noteReady(thread: StateThread): Promise<true> {
    await thread.whenReady();
    this.hasTables = true;
    this.problemNow = undefined;
    return true;
  }

  /** Starts the thread anew until it runs, or until `close`. */
  private async restart({ message }: PairstreamError): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.note(message);
    const backoff = new ExponentialBackoff({ initialDelay: FIRST_RESTART_MS, maxDelay: LAST_RESTART_MS });
    const policy = retry(handleAll, { maxAttempts: Number.MAX_SAFE_INTEGER, backoff });
    const start = async (): Promise<void> => {
      if (this.closing.signal.aborted) return;
      try {
        await this.startThread();
      } catch (error) {
        this.note(PairstreamError.from(error).message);
        throw error;
      }
    };
    await policy.execute(start, this.closing.signal).catch(() => undefined);
    this.restarts += 1;
  }

  private adopt(name: string, buffer: SharedArrayBuffer): void {
    this.tables.get(name)?.adopt(buffer);
    this.options.onTable?.(name, buffer);
  }

  private note(problem: string): void {
    this.problemNow = `${problem}; the state thread starts anew`;
    this.options.warn(`feedback is refused: ${this.problemNow}`);
  }
}
