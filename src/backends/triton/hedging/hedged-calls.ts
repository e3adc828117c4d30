import type { InferenceContext, Matrix } from '../../backend.js';
import type { MatrixCall } from '../matrix-tensors.js';
import type { Replica } from '../replicas/replica.js';
import type { ReplicaSet } from '../replicas/replica-set.js';
import { HedgeBudget } from './hedge-budget.js';
import { RecentTimes } from './recent-times.js';

/** Bounds of hedging. */
export interface HedgeOptions {
  /** Largest share of calls that are hedged, 0 to 1; 0 turns hedging off. */
  readonly share: number;
  /** Time after which an unanswered call is hedged, milliseconds. Undefined: the 95th percentile of the model's recent calls. */
  readonly delayMs?: number | undefined;
}

/** Receives events of hedged calls. */
export interface HedgeObserver {
  /** An unanswered call was sent to another replica, too. */
  hedgeSent(model: string): void;
  /** The second replica answered first. */
  hedgeWon(model: string): void;
}

/** Time without any answer of a replica after which it is probed at once, if another replica serves the model, milliseconds. */
const SILENCE_MS = 250;

/**
 * Runs calls on replicas, and watches those that are not answered. A silent replica is probed. A late call is hedged: the same request
 * goes to another replica with fewer rows in flight, the first answer is used, and the other request is cancelled.
 */
export class HedgedCalls {
  private readonly budget: HedgeBudget;
  private readonly times = new Map<string, RecentTimes>();

  constructor(
    private readonly replicas: ReplicaSet,
    private readonly options: HedgeOptions,
    private readonly observer: HedgeObserver,
  ) {
    this.budget = new HedgeBudget(options.share);
  }

  /** Runs a model on a replica, or on another one if that one is faster. @throws TritonError of the first replica */
  async infer(first: Replica, model: string, call: MatrixCall, context: InferenceContext): Promise<void> {
    const startedMs = performance.now();
    // A single replica is neither hedged nor lost for being slow: nobody else could answer.
    const isWatched = this.replicas.hasOther(model, first);
    const watch = isWatched ? setTimeout(() => this.suspect(first, model, startedMs), SILENCE_MS) : undefined;
    const delayMs = isWatched ? this.delayOf(model) : undefined;
    try {
      await (delayMs === undefined
        ? first.infer(model, call, context)
        : this.race(first, model, call, context, delayMs));
      this.timesOf(model).add(performance.now() - startedMs);
    } finally {
      clearTimeout(watch);
    }
  }

  private async race(
    first: Replica,
    model: string,
    call: MatrixCall,
    context: InferenceContext,
    delayMs: number,
  ): Promise<void> {
    const cancel = linkedTo(context.signal);
    let hedge: Hedge | undefined;
    const timer = setTimeout(() => {
      hedge = this.send(first, model, call, context, () => cancel.controller.abort());
    }, delayMs);
    try {
      await first.infer(model, call, { ...context, signal: cancel.controller.signal });
    } catch (thrown) {
      clearTimeout(timer);
      if (hedge === undefined || !(await hedge.isAnswered)) throw thrown;
      hedge.copyTo(call);
      this.observer.hedgeWon(model);
      return;
    } finally {
      clearTimeout(timer);
      cancel.unlink();
    }
    await hedge?.cancel();
  }

  /** Sends a late call to another replica. @param onAnswer called when it has answered @returns undefined if it is not hedged */
  private send(
    first: Replica,
    model: string,
    call: MatrixCall,
    context: InferenceContext,
    onAnswer: () => void,
  ): Hedge | undefined {
    const second = this.replicas.pick(model, new Set([first]));
    if (second === undefined || second.pendingRowCount >= first.pendingRowCount) return undefined;
    if (!this.budget.take()) return undefined;
    this.observer.hedgeSent(model);
    return new Hedge(second, model, call, context, onAnswer);
  }

  private suspect(replica: Replica, model: string, sinceMs: number): void {
    if (this.replicas.hasOther(model, replica)) replica.suspectIfSilent(sinceMs);
  }

  /** Delay of a hedge, milliseconds; undefined if calls of the model are not hedged now. */
  private delayOf(model: string): number | undefined {
    const { share, delayMs } = this.options;
    if (share === 0) return undefined;
    this.budget.earn();
    return delayMs ?? this.timesOf(model).p95Ms;
  }

  private timesOf(model: string): RecentTimes {
    let times = this.times.get(model);
    if (times === undefined) this.times.set(model, (times = new RecentTimes()));
    return times;
  }
}

/** A second request of a call. It writes to matrices of its own, so that only one answer reaches those of the caller. */
class Hedge {
  /** Settles with true when the second replica has answered, with false when it has failed. Never rejects. */
  readonly isAnswered: Promise<boolean>;
  private readonly link: ReturnType<typeof linkedTo>;
  private readonly outputs: ReadonlyMap<string, Matrix>;

  constructor(
    replica: Replica,
    model: string,
    call: MatrixCall,
    context: InferenceContext,
    onAnswer: () => void,
  ) {
    const { rowCount } = call;
    this.outputs = new Map(
      [...call.outputs].map(([name, { width }]) => [
        name,
        { data: new Float32Array(rowCount * width), width },
      ]),
    );
    this.link = linkedTo(context.signal);
    const { signal } = this.link.controller;
    this.isAnswered = replica
      .infer(model, { ...call, outputs: this.outputs }, { ...context, signal })
      .then(
        () => {
          onAnswer();
          return true;
        },
        () => false,
      )
      .finally(() => this.link.unlink());
  }

  /** Copies the answer to the matrices of the caller. */
  copyTo({ rowCount, outputs }: MatrixCall): void {
    for (const [name, { data, width }] of this.outputs)
      outputs.get(name)?.data.set(data.subarray(0, rowCount * width));
  }

  /** Cancels the request, and waits until it no longer reads the inputs of the caller. */
  async cancel(): Promise<void> {
    this.link.controller.abort();
    await this.isAnswered;
  }
}

/** A controller that also aborts with a signal, until `unlink`. */
function linkedTo(signal: AbortSignal): {
  readonly controller: AbortController;
  readonly unlink: () => void;
} {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  return { controller, unlink: () => signal.removeEventListener('abort', abort) };
}
