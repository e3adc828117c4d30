import type { Outcome } from '../transport/outcome.js';
import { GroupTally } from './group-tally.js';
import { LatencyHistogram } from './latency-histogram.js';
import type { GroupResult, StepResult } from './step-result.js';

/** A message that has arrived. */
export interface ArrivedMessage {
  readonly pairCount: number;
  /** Number of the caller, from 0. */
  readonly caller: number;
}

/** The counts of a step result. */
export type TallyResult = Pick<
  StepResult,
  | 'arrived'
  | 'inTime'
  | 'late'
  | 'failedPairs'
  | 'refused'
  | 'lost'
  | 'lostProblems'
  | 'unsent'
  | 'rungs'
  | 'latencyMs'
  | 'refusalMs'
  | 'bySize'
> & { readonly byCaller: readonly (GroupResult & { readonly caller: number })[] };

/** Most different problems of lost messages that are listed. */
const MAX_PROBLEMS = 5;

/** Counts the outcomes of one measurement. */
export class Tally {
  readonly latency = new LatencyHistogram();
  arrived = { messages: 0, pairs: 0 };
  inTime = { messages: 0, pairs: 0 };
  refusedCount = 0;
  lost = 0;
  private readonly refusalTimes = new LatencyHistogram();
  private readonly late = { messages: 0, pairs: 0 };
  private failedPairs = 0;
  private unsent = 0;
  private readonly refusals = new Map<string, StepResult['refused'][number]>();
  private readonly problems = new Map<string, number>();
  private readonly rungs = new Map<string, StepResult['rungs'][number]>();
  private readonly sizes = new Map<number, GroupTally>();
  private readonly callers = new Map<number, GroupTally>();

  /**
   * @param timeoutMs an answer that took longer is late; Infinity: none is late
   * @param bestRung first rung of the gateway's ladder; undefined: unknown
   */
  constructor(
    private readonly timeoutMs: number,
    private readonly bestRung: string | undefined,
  ) {}

  /** Counts a message at its intended send time. */
  arrive(message: ArrivedMessage): void {
    add(this.arrived, message.pairCount);
    for (const group of this.groupsOf(message)) group.sent += 1;
  }

  /** Counts a message that is not sent, because too many are in flight. */
  skip(): void {
    this.unsent += 1;
  }

  /** Counts the outcome of a message. @param afterMs milliseconds after its intended send time */
  settle(message: ArrivedMessage, outcome: Outcome, afterMs: number): void {
    const groups = this.groupsOf(message);
    if (outcome.kind === 'answered') {
      const isInTime = afterMs <= this.timeoutMs;
      add(isInTime ? this.inTime : this.late, outcome.scoredPairCount);
      this.failedPairs += outcome.failedPairCount;
      this.noteRung(outcome.rung, outcome.isMissingModels, outcome.scoredPairCount);
      this.latency.record(afterMs);
      for (const group of groups) group.answer(isInTime, afterMs);
    } else if (outcome.kind === 'refused') {
      this.refusedCount += 1;
      this.noteRefusal(outcome.status, outcome.reason ?? null);
      this.refusalTimes.record(afterMs);
      for (const group of groups) group.refused += 1;
    } else {
      this.lost += 1;
      this.problems.set(outcome.problem, (this.problems.get(outcome.problem) ?? 0) + 1);
      for (const group of groups) group.lost += 1;
    }
  }

  /** The counts so far. */
  result(): TallyResult {
    const { arrived, inTime, late, failedPairs, lost, unsent } = this;
    const problems = [...this.problems].map(([problem, messages]) => ({ problem, messages }));
    return {
      arrived,
      inTime,
      late,
      failedPairs,
      lost,
      unsent,
      refused: [...this.refusals.values()].sort((a, b) => b.messages - a.messages),
      lostProblems: problems.sort((a, b) => b.messages - a.messages).slice(0, MAX_PROBLEMS),
      rungs: [...this.rungs.values()].sort((a, b) => b.pairs - a.pairs),
      latencyMs: this.latency.distribution(),
      refusalMs: this.refusalTimes.distribution(),
      bySize: ordered(this.sizes).map(([pairsPerMessage, group]) => ({ pairsPerMessage, ...group.result() })),
      byCaller: ordered(this.callers).map(([caller, group]) => ({ caller, ...group.result() })),
    };
  }

  private groupsOf({ pairCount, caller }: ArrivedMessage): readonly GroupTally[] {
    return [groupOf(this.sizes, pairCount), groupOf(this.callers, caller)];
  }

  private noteRefusal(status: string, reason: string | null): void {
    const key = `${status} ${reason}`;
    const messages = (this.refusals.get(key)?.messages ?? 0) + 1;
    this.refusals.set(key, { status, reason, messages });
  }

  private noteRung(rung: string, isMissingModels: boolean, pairCount: number): void {
    if (pairCount === 0) return;
    const isDegraded = this.bestRung === undefined ? isMissingModels : rung !== this.bestRung;
    const before = this.rungs.get(rung) ?? { rung, isDegraded, messages: 0, pairs: 0 };
    this.rungs.set(rung, {
      rung,
      isDegraded: before.isDegraded || isDegraded,
      messages: before.messages + 1,
      pairs: before.pairs + pairCount,
    });
  }
}

function add(counts: { messages: number; pairs: number }, pairCount: number): void {
  counts.messages += 1;
  counts.pairs += pairCount;
}

function groupOf(groups: Map<number, GroupTally>, key: number): GroupTally {
  const known = groups.get(key);
  if (known !== undefined) return known;
  const group = new GroupTally();
  groups.set(key, group);
  return group;
}

function ordered(groups: ReadonlyMap<number, GroupTally>): [number, GroupTally][] {
  return [...groups].sort(([a], [b]) => a - b);
}
