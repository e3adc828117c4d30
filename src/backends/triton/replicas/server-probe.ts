import { setTimeout as sleep } from 'node:timers/promises';
import type { TritonClient, TritonError } from '@pairstream/triton-client';
import { toTritonError } from '../triton-fault.js';

/** Interval between two probes of a server, milliseconds. */
const PROBE_INTERVAL_MS = 1_000;
/** Interval between two probes of a lost server, milliseconds. */
const LOST_PROBE_INTERVAL_MS = 250;
/** Time limit of a probe, and of each call that follows it, milliseconds. */
export const PROBE_TIMEOUT_MS = 1_000;
/** Number of unanswered probes, with no call answered in between, after which a server is lost. Busy servers are sometimes late. */
const MAX_UNANSWERED_PROBES = 2;
/** Least time limit of a probe of a suspected server, milliseconds. */
const LEAST_QUICK_TIMEOUT_MS = 400;
/** Time limit of a probe of a suspected server, as a multiple of its recent slow probes. */
const QUICK_TIMEOUT_FACTOR = 3;
/** Weight that the slowest probe keeps with each further probe. */
const SLOWEST_DECAY = 0.8;
/** A timer that fires later than this tells of a blocked event loop, milliseconds: the answer may have arrived unread. */
const BLOCKED_LOOP_MS = 150;

/** Steps of the owner of a probe. */
export interface ProbeSteps {
  /** Prepares a server that answers for the first time, or again after it was lost. @throws if it cannot be used yet */
  connect(): Promise<void>;
  /** Runs after every answered probe. Never throws. */
  inspect(): Promise<void>;
  /** Handles the loss of the server; also called by every probe of a server that stays lost. */
  lose(error: TritonError): void;
}

/** Probes one server at an interval, until the signal. */
export class ServerProbe {
  private isConnected = false;
  private current: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;
  /** Number of probes since the last answer of the server. */
  private unansweredCount = 0;
  /** True after a call has been silent for long: probes are quick, and follow each other at once. */
  private isSuspected = false;
  /** Decaying maximum of the time of answered probes, milliseconds. */
  private slowestMs = 0;

  /** @param signal ends the probes */
  constructor(
    private readonly client: TritonClient,
    private readonly steps: ProbeSteps,
    private readonly signal: AbortSignal,
  ) {}

  /** True if the server answered its last probe. */
  get isReachable(): boolean {
    return this.isConnected;
  }

  /** Probes until the signal. */
  async run(): Promise<void> {
    const { signal } = this;
    while (!signal.aborted) {
      await this.probeSoon();
      const intervalMs = this.isConnected ? PROBE_INTERVAL_MS : LOST_PROBE_INTERVAL_MS;
      await sleep(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Probes the server. One probe runs at a time, and at most one more is queued. Never throws. */
  probeSoon(): Promise<void> {
    this.next ??= this.current.then(() => {
      this.next = undefined;
      this.current = this.probe();
      return this.current;
    });
    return this.next;
  }

  /** Probes a server whose calls are silent, with shorter time limits: a frozen server is then lost within about a second. */
  suspect(): void {
    if (this.isSuspected || !this.isConnected) return;
    this.isSuspected = true;
    void this.probeSoon();
  }

  /** Records an answer of the server to a call. */
  answered(): void {
    this.unansweredCount = 0;
    this.isSuspected = false;
  }

  /** Records the loss of the server. The next answered probe connects again. */
  lost(): void {
    this.isConnected = false;
  }

  /** Waits for the running probe and a queued one. */
  async settle(): Promise<void> {
    await (this.next ?? this.current);
  }

  private async probe(): Promise<void> {
    const { signal } = this;
    if (signal.aborted) return;
    const timeoutMs = this.isSuspected ? this.quickTimeoutMs : PROBE_TIMEOUT_MS;
    const startedMs = performance.now();
    try {
      await this.client.isServerLive({ timeoutMs, signal });
      this.slowestMs = Math.max(performance.now() - startedMs, SLOWEST_DECAY * this.slowestMs);
      this.answered();
      if (!this.isConnected) {
        await this.steps.connect();
        this.isConnected = true;
      }
    } catch (thrown) {
      const isBlocked = performance.now() - startedMs > timeoutMs + BLOCKED_LOOP_MS;
      this.unanswered(toTritonError(thrown), isBlocked);
      return;
    }
    await this.steps.inspect();
  }

  private get quickTimeoutMs(): number {
    return Math.min(
      PROBE_TIMEOUT_MS,
      Math.max(LEAST_QUICK_TIMEOUT_MS, QUICK_TIMEOUT_FACTOR * this.slowestMs),
    );
  }

  private unanswered(error: TritonError, isBlocked: boolean): void {
    // Without the condition, a blocked gateway would lose servers that have answered.
    if (!this.isSuspected || !isBlocked) this.unansweredCount += 1;
    const isLost = error.kind !== 'late' || this.unansweredCount >= MAX_UNANSWERED_PROBES;
    if (isLost || !this.isConnected) {
      this.isSuspected = false;
      this.steps.lose(error);
    } else if (this.isSuspected) void this.probeSoon();
  }
}
