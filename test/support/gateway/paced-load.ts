import { setTimeout as sleep } from 'node:timers/promises';
import { type PairstreamClient, type PredictOutput, ServerError } from '@pairstream/client';
import type { PartRowRequest } from '../requests/example-rows.js';
import { farthest } from './triton-gateway.js';

/** Two engines answer alike to so much. */
const TOLERANCE = 1e-5;
/** Interval between two looks at the backlog, milliseconds. */
const SAMPLE_MS = 25;
/** Backlog above the largest one before a fault that is still normal: what arrives in this time, milliseconds. */
const SLACK_MS = 250;

/** Rows of a load by outcome. sent = answered + refused + lost; degraded rows are answered rows. */
export interface RowCounts {
  readonly sent: number;
  /** Answered with right probabilities, also if degraded. */
  readonly answered: number;
  readonly degraded: number;
  /** Of messages that were answered with an error. */
  readonly refused: number;
  /** Without an answer, or with a failed row, or with wrong probabilities. */
  readonly lost: number;
  /** Answered more than once. */
  readonly doubled: number;
}

/** Times from a fault, milliseconds; undefined if it did not happen in time. */
export interface Recovery {
  /** Until answers without missing models come at least as fast as messages are sent: the backlog is at its largest. 0 if it stays normal. */
  readonly goodputMs: number | undefined;
  /** Until the backlog is as before. */
  readonly drainedMs: number | undefined;
}

interface SentMessage {
  readonly outputs: (PredictOutput | ServerError)[];
  readonly sentMs: number;
  answeredMs: number;
}

/** Sends a message at fixed times over one stream, no matter how many are unanswered, and counts what becomes of its rows. */
export class PacedLoad {
  private readonly messages: SentMessage[] = [];
  private readonly stopping = new AbortController();
  private readonly startedMs = performance.now();
  private readonly done: Promise<void>;

  /** @param expected answer without missing models */
  constructor(
    private readonly client: PairstreamClient,
    private readonly request: PartRowRequest,
    private readonly expected: PredictOutput,
    private readonly messagesPerS: number,
  ) {
    this.done = this.run();
  }

  /** Sends no more, and waits for the answers. @throws ServerError if the stream fails */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.done;
  }

  /** Rows by outcome. Valid after `stop`. */
  get rows(): RowCounts {
    const rows = { sent: 0, answered: 0, degraded: 0, refused: 0, lost: 0, doubled: 0 };
    const size = this.expected.reply.length;
    for (const { outputs } of this.messages) {
      rows.sent += size;
      rows.doubled += Math.max(0, outputs.length - 1) * size;
      const [output] = outputs;
      if (output instanceof ServerError) rows.refused += size;
      else if (output === undefined || !this.isRight(output)) rows.lost += size;
      else {
        rows.answered += size;
        if (output.missingMembers.length > 0) rows.degraded += size;
      }
    }
    return rows;
  }

  /** Reasons of refused messages, with their number. */
  get refusals(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { outputs } of this.messages)
      for (const output of outputs) {
        if (!(output instanceof ServerError)) continue;
        const reason = output.reason ?? String(output.code);
        counts.set(reason, (counts.get(reason) ?? 0) + 1);
      }
    return counts;
  }

  /** Recovery from a fault. Both instants are on the clock of performance.now(). */
  recovery(faultMs: number, toMs: number): Recovery {
    const normal =
      Math.max(0, ...this.backlogs(this.startedMs, faultMs)) + (SLACK_MS * this.messagesPerS) / 1_000;
    const backlogs = this.backlogs(faultMs, toMs);
    const largest = Math.max(0, ...backlogs);
    if (largest <= normal) return { goodputMs: 0, drainedMs: 0 };
    const peak = backlogs.lastIndexOf(largest);
    const drained = backlogs.findIndex((backlog, i) => i > peak && backlog <= normal);
    return {
      goodputMs: peak === backlogs.length - 1 ? undefined : (peak + 1) * SAMPLE_MS,
      drainedMs: drained < 0 ? undefined : (drained + 1) * SAMPLE_MS,
    };
  }

  /** Number of messages without a full answer, at each sample. Messages that are refused or degraded stay in the backlog. */
  private backlogs(fromMs: number, toMs: number): number[] {
    const samples = Math.max(0, Math.floor((toMs - fromMs) / SAMPLE_MS));
    return Array.from({ length: samples }, (_, i) => {
      const atMs = fromMs + (i + 1) * SAMPLE_MS;
      const isWaiting = ({ sentMs, answeredMs, outputs }: SentMessage): boolean =>
        sentMs < atMs && (answeredMs >= atMs || !isFull(outputs[0]));
      return this.messages.filter(isWaiting).length;
    });
  }

  private isRight(output: PredictOutput): boolean {
    if (output.rowStatus.length > 0) return false;
    return output.missingMembers.length > 0 || farthest(output, this.expected) < TOLERANCE;
  }

  private async run(): Promise<void> {
    const options = { maxInFlight: 10_000 };
    for await (const { index, output } of this.client.predictStream(this.paced(), options)) {
      const message = this.messages[index]!;
      if (message.outputs.length === 0) message.answeredMs = performance.now();
      message.outputs.push(output);
    }
  }

  private async *paced(): AsyncGenerator<PartRowRequest> {
    const { signal } = this.stopping;
    for (let i = 0; !signal.aborted; i += 1) {
      const leftMs = this.startedMs + (i * 1_000) / this.messagesPerS - performance.now();
      if (leftMs > 0) await sleep(leftMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      this.messages.push({ outputs: [], sentMs: performance.now(), answeredMs: Infinity });
      yield this.request;
    }
  }
}

/** True for an answer without missing models. */
function isFull(output: PredictOutput | ServerError | undefined): boolean {
  return output !== undefined && !(output instanceof ServerError) && output.missingMembers.length === 0;
}
