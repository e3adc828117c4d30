import type { Clock } from './clock.js';
import { type LoadStep, nameOfShape } from './load-settings.js';
import type { MessagePool } from './messages/message-pool.js';
import type { LoadWindowOnClock } from './open-loop.js';
import type { StepResult } from './result/step-result.js';
import { Tally } from './result/tally.js';
import { ToolCost } from './result/tool-cost.js';
import type { RandomSource } from './seeded-random.js';
import { summarise } from './step-summary.js';
import type { Outcome } from './transport/outcome.js';
import type { OutgoingMessage } from './transport/sender.js';

/** Sends messages of callers. */
export interface MessageCallers {
  /** Number of the caller of the next message. */
  draw(random: RandomSource): number;
  /** Sends a message. @returns its outcome; the promise never fails */
  send(caller: number, message: OutgoingMessage): Promise<Outcome>;
  /** Ends all calls: messages without a response are lost. */
  endCalls(): void;
}

/** Parts of a running measurement. */
export interface StepParts {
  readonly callers: MessageCallers;
  readonly pool: Pick<MessagePool, 'next'>;
  readonly clock: Clock;
  readonly random: RandomSource;
}

const MS_PER_S = 1_000;
/** Bound of the bytes of messages in flight: 512 MiB. */
const MAX_IN_FLIGHT_BYTES = 2 ** 29;
/** Wait for doubled responses after the last response, milliseconds. */
const DOUBLED_WAIT_MS = 100;
const NOT_SENT: Outcome = { kind: 'lost', problem: 'not sent' };

/** A running measurement: sends messages and counts their outcomes. */
export class StepRun {
  readonly tally: Tally;
  /** Messages in flight. */
  inFlight = 0;
  private readonly cost = new ToolCost();
  private doubled = 0;
  private sentCount = 0;
  private inFlightBytes = 0;
  private lastMs = 0;
  private respondedMs = 0;
  private firstMs: number | undefined;
  private onIdle: () => void = () => undefined;

  constructor(
    private readonly step: LoadStep,
    private readonly parts: StepParts,
  ) {
    this.tally = new Tally(step.timeoutMs ?? Infinity, step.bestRung);
  }

  /** Short name of the measurement. */
  get name(): string {
    return nameOfShape(this.step.shape);
  }

  /** Pairs answered in time per second, from the first counted message to the present. */
  get goodputPairsPerS(): number {
    const { tally, firstMs, parts } = this;
    const elapsedS = firstMs === undefined ? 0 : (parts.clock.nowMs() - firstMs) / MS_PER_S;
    return elapsedS > 0 ? tally.inTime.pairs / elapsedS : 0;
  }

  /** Length with the warm-up, milliseconds; Infinity if it is unknown. */
  get lengthMs(): number {
    return this.step.warmUpMs + this.step.durationMs;
  }

  /** Counts a response without an open message. */
  noteDoubled(): void {
    this.doubled += 1;
  }

  /**
   * Sends the next message.
   * @param intendedMs its intended send time on the clock
   * @param isCounted false during the warm-up
   * @returns its outcome
   */
  async send(intendedMs: number, isCounted: boolean): Promise<Outcome> {
    const { tally, cost, step } = this;
    const { callers, pool, clock, random } = this.parts;
    const caller = callers.draw(random);
    const { pairCount, bytes } = pool.next(random);
    const message = { pairCount, caller };
    if (isCounted) {
      this.firstMs ??= intendedMs;
      tally.arrive(message);
    }
    if (this.inFlight >= step.maxInFlight || this.inFlightBytes >= MAX_IN_FLIGHT_BYTES) {
      if (isCounted) tally.skip();
      return NOT_SENT;
    }
    const lagMs = clock.nowMs() - intendedMs;
    if (isCounted) cost.sendLag.record(lagMs);
    this.lastMs = intendedMs;
    this.inFlight += 1;
    this.inFlightBytes += bytes.byteLength;
    this.sentCount += 1;
    const timeoutMs = step.timeoutMs === undefined ? undefined : step.timeoutMs - lagMs;
    const outcome = await callers.send(caller, { pairCount, bytes, timeoutMs });
    this.inFlight -= 1;
    this.inFlightBytes -= bytes.byteLength;
    const nowMs = clock.nowMs();
    if (outcome.kind !== 'lost') this.respondedMs = nowMs;
    if (isCounted) tally.settle(message, outcome, nowMs - intendedMs);
    if (this.inFlight === 0) this.onIdle();
    return outcome;
  }

  /**
   * Waits for the messages in flight until the last deadline and `drainMs` have passed; then the rest is lost. Then waits a moment for
   * doubled responses.
   */
  async drain(signal?: AbortSignal): Promise<void> {
    const { clock, callers } = this.parts;
    const { timeoutMs = 0, drainMs } = this.step;
    const isIdle = this.whenIdle();
    const given = new AbortController();
    const either = signal === undefined ? given.signal : AbortSignal.any([signal, given.signal]);
    const isOver = clock.waitUntil(this.lastMs + timeoutMs + drainMs, either);
    await Promise.race([isIdle, isOver]);
    given.abort();
    await isOver.catch(() => undefined);
    signal?.throwIfAborted();
    if (this.inFlight > 0) callers.endCalls();
    await isIdle;
    await clock.waitUntil(clock.nowMs() + DOUBLED_WAIT_MS, signal);
  }

  /** The result. @param window counted time on the clock */
  result({ startMs, endMs }: LoadWindowOnClock): StepResult {
    const { step, tally, sentCount, doubled } = this;
    const counts = tally.result();
    // A closed loop lasts until its last response; an open loop as long as messages arrive.
    const lastMs = step.shape.loop === 'closed' ? Math.max(endMs, this.respondedMs) : endMs;
    const tool = this.cost.result(sentCount, counts.unsent, step.shape.loop);
    return summarise(step, (lastMs - startMs) / MS_PER_S, counts, doubled, tool);
  }

  private whenIdle(): Promise<void> {
    if (this.inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.onIdle = resolve;
    });
  }
}
