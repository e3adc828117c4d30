import type { FeedbackFreshness, FeedbackSink } from '../../feedback/feedback-sink.js';
import { StateGauges } from '../../feedback/learning/state-gauges.js';
import { receiveError } from '../../errors/sent-error.js';
import type { StatisticsTable } from '../../statistics/statistics-table.js';
import { LearningSource } from '../config/learning-source.js';
import type { LearningProgress, MainFunctions, WorkerLearning } from './worker-calls.js';

/** The statistics that the main thread learns, in a worker thread. */
export class LearningFollower extends LearningSource {
  readonly sink: FeedbackSink | undefined;
  /** The main thread reports both. */
  readonly problem = undefined;
  readonly timeProblem = undefined;
  private readonly start = Promise.withResolvers<void>();
  private reason: string | undefined;
  private readonly tables: ReadonlyMap<string, StatisticsTable>;

  /**
   * @param tables of the release; they adopt the memory that the state thread writes
   * @param learning undefined if the gateway does not learn
   */
  constructor(
    tables: readonly StatisticsTable[],
    main: Pick<MainFunctions, 'submit'>,
    learning: WorkerLearning | undefined,
  ) {
    super();
    this.tables = new Map(tables.map((table) => [table.name, table]));
    this.sink = learning && new MainThreadSink(main, new StateGauges(learning.gauges));
    // The worker may end before anyone awaits the promise.
    this.start.promise.catch(() => undefined);
  }

  get started(): Promise<void> {
    return this.start.promise;
  }

  get startReason(): string | undefined {
    return this.reason;
  }

  follow({ startReason, failure }: LearningProgress): void {
    this.reason = startReason;
    if (failure !== undefined) this.start.reject(receiveError(failure));
    else if (startReason === undefined) this.start.resolve();
  }

  adoptTable(name: string, buffer: SharedArrayBuffer): void {
    this.tables.get(name)?.adopt(buffer);
  }
}

/** The sink of the main thread. */
class MainThreadSink implements FeedbackSink {
  constructor(
    private readonly main: Pick<MainFunctions, 'submit'>,
    private readonly gauges: StateGauges,
  ) {}

  async submit(events: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    return await this.main.submit(events);
  }

  get freshness(): FeedbackFreshness {
    return this.gauges.freshness;
  }
}
