import { PairstreamError } from '../errors/pairstream-error.js';
import type { InferenceContext, Matrix } from '../backends/backend.js';
import {
  type BatchSlot,
  fillMemberColumns,
  meanOfBags,
  type Member,
  readsOf,
  vectorsOfRows,
} from './batch-slot.js';
import { writeAnswer } from './blend.js';
import { type BatchOutcome, Ladder, type Rung } from './ladder.js';
import { MemberFailures } from './member-failures.js';
import { createInputs, ENSEMBLE_WIDTH, type Tower } from './model-input.js';
import { TowerRunner, type TowerObserver } from './tower-runner.js';

/**
 * Fraction of the time left before the deadline that a stage gets, if the ladder has a lower rung to use. A model that hangs
 * then leaves time for an answer without it. The first stage has the nets and needs more time than later stages. After the
 * last stage only the weighted mean and the way back remain.
 */
const SHARE_OF_TIME = { withLaterStages: 0.6, last: 0.9 } as const;

/** Towers, members by stage, and rungs, best first. Members without a weight only feed later stages. */
export interface EnsembleDefinition {
  readonly towers: readonly Tower[];
  readonly stages: readonly (readonly Member[])[];
  readonly rungs: readonly Rung[];
}

/** Receives events of an ensemble. */
export interface EnsembleObserver extends TowerObserver {
  /** A member gave no answer to a batch. */
  memberMissing(member: string, reason: PairstreamError): void;
}

/** Options of an ensemble. */
export interface EnsembleOptions {
  /** Total size of the tower caches in bytes. Default 0: no cache. */
  readonly towerCacheBytes?: number;
  readonly observer?: EnsembleObserver;
}

/**
 * Runs the models over a slot, stage by stage. Towers start together with the first stage; a model waits for the towers that
 * it reads. The answer comes from the best rung whose members answered.
 */
export class Ensemble {
  readonly ladder: Ladder;
  private readonly members: readonly Member[];
  private readonly towers: readonly TowerRunner[];
  private readonly observer: EnsembleObserver | undefined;

  constructor(
    private readonly definition: EnsembleDefinition,
    { towerCacheBytes = 0, observer }: EnsembleOptions = {},
  ) {
    this.members = definition.stages.flat();
    this.observer = observer;
    const { towers, rungs } = definition;
    this.towers = towers.map((tower) => new TowerRunner(tower, towerCacheBytes / towers.length, observer));
    this.ladder = new Ladder(
      rungs,
      this.members.map((member) => ({ name: member.name, reads: readsOf(member) })),
    );
  }

  /** Allocates the matrices of one batch. */
  createSlot(rowCapacity: number): BatchSlot {
    const matrix = (width: number): Matrix => ({ data: new Float32Array(rowCapacity * width), width });
    return {
      rowCapacity,
      towers: new Map(this.towers.map((tower) => [tower.name, tower.createSlot(rowCapacity)])),
      inputs: this.perMember(({ inputs }) => createInputs(inputs, rowCapacity)),
      outputs: this.perMember(({ output }) => new Map([[output.tensor, matrix(output.width)]])),
      answered: new Set(),
      means: this.perMember(() => new Float32Array(rowCapacity * ENSEMBLE_WIDTH)),
      probabilities: new Float32Array(rowCapacity * ENSEMBLE_WIDTH),
      outcome: undefined,
    };
  }

  /**
   * Computes the probabilities of the first `rowCount` rows and `slot.outcome`. The caller has filled the feature columns.
   * A model that fails, or does not answer in the time of its stage, is missing. When the promise settles, no model uses the
   * slot any more: a model that cannot be interrupted is awaited, and its answer is used.
   * @throws PairstreamError the reason of the first missing member, if no rung is left; CANCELLED or DEADLINE_EXCEEDED of
   *   the context; errors of a model that are not failures of the model, such as INTERNAL
   */
  async run(slot: BatchSlot, rowCount: number, context: InferenceContext): Promise<void> {
    const failures = new MemberFailures(context);
    slot.answered.clear();
    const { stages } = this.definition;
    const first = this.contextOfStage(0, context);
    const towers = new Map(
      this.towers.map((tower) => [tower.name, tower.run(slot.towers.get(tower.name)!, first)]),
    );
    for (const [i, stage] of stages.entries()) {
      const { missing } = failures;
      const stageContext = i === 0 ? first : this.contextOfStage(i, context);
      // All models must release the slot before a failure is thrown, because the caller then reuses the slot.
      const [runs] = await Promise.all([
        Promise.allSettled(
          stage.map((member) => this.runMember(slot, member, rowCount, towers, missing, stageContext)),
        ),
        i === 0 ? Promise.allSettled(towers.values()) : undefined,
      ]);
      runs.forEach((run, j) => {
        if (run.status === 'fulfilled') return;
        const { name } = stage[j]!;
        failures.add(name, run.reason);
        slot.means.get(name)!.fill(Number.NaN, 0, rowCount * ENSEMBLE_WIDTH);
      });
      if (this.outcomeWithout(failures.missing) === undefined) throw failures.first;
    }
    for (const [name, reason] of failures.reasons) this.observer?.memberMissing(name, reason);
    this.answer(slot, rowCount, this.ladder.outcomeWithout(failures.missing)!);
  }

  /**
   * Computes `slot.probabilities` and `slot.outcome` during a run, from the members that have answered so far; all others count as
   * missing. For calls whose deadline is earlier than that of the batch. The run goes on and replaces both.
   * @returns false if no rung can be answered yet
   */
  answerSoFar(slot: BatchSlot, rowCount: number): boolean {
    const missing = new Set(this.members.flatMap(({ name }) => (slot.answered.has(name) ? [] : [name])));
    const outcome = this.ladder.outcomeWithout(missing);
    if (outcome === undefined) return false;
    for (const name of missing) {
      slot.means.get(name)!.fill(Number.NaN, 0, rowCount * ENSEMBLE_WIDTH);
      this.observer?.memberMissing(name, notYet(name));
    }
    this.answer(slot, rowCount, outcome);
    return true;
  }

  /**
   * Answers the rows of the last run again as if some members were missing. Members that read other members run again, if
   * the answer depends on them; all others keep their answers.
   * @param rung the wanted rung; default: the best that is left
   * @throws PairstreamError BACKEND_UNAVAILABLE if no rung is left, and as ModelHandle.infer
   */
  async runWithout(
    slot: BatchSlot,
    rowCount: number,
    members: ReadonlySet<string>,
    context: InferenceContext,
    rung?: Rung,
  ): Promise<void> {
    const missing = this.lostWithout(members);
    const outcome = this.ladder.outcomeWithout(missing, rung);
    if (outcome === undefined) {
      const problem = `no rung can be answered without ${[...missing].join(', ')}`;
      throw new PairstreamError('BACKEND_UNAVAILABLE', problem);
    }
    for (const stage of this.definition.stages) {
      const readers = stage.filter(
        (member) => outcome.sources.includes(member.name) && readsOf(member).length > 0,
      );
      await Promise.all(
        readers.map((member) => this.runMember(slot, member, rowCount, new Map(), missing, context)),
      );
    }
    this.answer(slot, rowCount, outcome);
  }

  /** Outcome of batches without some models (towers or members); undefined if no rung is left. */
  outcomeWithout(models: ReadonlySet<string>): BatchOutcome | undefined {
    return this.ladder.outcomeWithout(this.lostWithout(models));
  }

  /** Members that are missing without some models: the models themselves, and members that read too many of them. */
  private lostWithout(models: ReadonlySet<string>): ReadonlySet<string> {
    const lost = new Set<string>();
    for (const member of this.members) {
      const isCutOff = member.inputs.some(({ tower }) => tower !== undefined && models.has(tower));
      if (models.has(member.name) || isCutOff || isStarved(member, lost)) lost.add(member.name);
    }
    return lost;
  }

  private contextOfStage(stage: number, context: InferenceContext): InferenceContext {
    const { deadlineMs, signal } = context;
    if (!this.ladder.canDegrade || deadlineMs === Infinity) return context;
    const isLast = stage + 1 === this.definition.stages.length;
    const share = isLast ? SHARE_OF_TIME.last : SHARE_OF_TIME.withLaterStages;
    const nowMs = performance.now();
    return { deadlineMs: nowMs + share * (deadlineMs - nowMs), signal };
  }

  private async runMember(
    slot: BatchSlot,
    member: Member,
    rowCount: number,
    towers: ReadonlyMap<string, Promise<void>>,
    missing: ReadonlySet<string>,
    context: InferenceContext,
  ): Promise<void> {
    if (isStarved(member, missing)) {
      const lost = readsOf(member).filter((name) => missing.has(name));
      const problem = `model ${member.name}: ${lost.join(', ')} missing, more than its may_miss`;
      throw new PairstreamError('BACKEND_UNAVAILABLE', problem);
    }
    const own = slot.inputs.get(member.name)!;
    const inputs = new Map(own);
    for (const { tensor, tower } of member.inputs) {
      if (tower === undefined) continue;
      await towers.get(tower);
      inputs.set(tensor, vectorsOfRows(slot.towers.get(tower)!, own.get(tensor)!, rowCount));
    }
    fillMemberColumns(slot, member, missing, rowCount);
    const outputs = slot.outputs.get(member.name)!;
    await member.model.infer(rowCount, inputs, outputs, context);
    meanOfBags(outputs.get(member.output.tensor)!, rowCount, slot.means.get(member.name)!);
    slot.answered.add(member.name);
  }

  private answer(slot: BatchSlot, rowCount: number, outcome: BatchOutcome): void {
    writeAnswer(slot, rowCount, outcome);
    slot.outcome = outcome;
  }

  private perMember<T>(valueOf: (member: Member) => T): Map<string, T> {
    return new Map(this.members.map((member) => [member.name, valueOf(member)]));
  }
}

function notYet(member: string): PairstreamError {
  return new PairstreamError('DEADLINE_EXCEEDED', `model ${member}: no answer by the deadline of a call`);
}

/** True if more of a model's members are missing than its `mayMiss`. */
function isStarved(member: Member, missing: ReadonlySet<string>): boolean {
  if (missing.size === 0) return false;
  return readsOf(member).filter((name) => missing.has(name)).length > (member.mayMiss ?? 0);
}
