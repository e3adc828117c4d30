import type { InferenceContext, InputMatrix, Matrix, ModelHandle } from '../inference/backend.js';
import { createInputs, ENSEMBLE_WIDTH, type ModelInput, type Tower, type TowerSlot } from './model-input.js';
import { TowerRunner, type TowerObserver } from './tower-runner.js';

/** A model of the ensemble, and how its output becomes four probabilities. */
export interface Member {
  readonly name: string;
  readonly model: ModelHandle;
  readonly inputs: readonly ModelInput[];
  /** Output of [rows, 4 x bags]: column c is bag floor(c / 4), target c mod 4. The bags are averaged. */
  readonly output: { readonly tensor: string; readonly width: number };
}

/** Weights of a member in the answer, by target: reply, retweet, quote, like. */
export type MemberWeights = readonly [number, number, number, number];

/** Towers, members by stage, and their weights in the answer; members with no weight only feed later stages. */
export interface EnsembleDefinition {
  readonly towers: readonly Tower[];
  readonly stages: readonly (readonly Member[])[];
  readonly weights: ReadonlyMap<string, MemberWeights>;
}

/** Matrices of one batch: the inputs are filled by the caller, the rest by `Ensemble.run`. */
export interface BatchSlot {
  readonly rowCapacity: number;
  readonly towers: ReadonlyMap<string, TowerSlot>;
  readonly inputs: ReadonlyMap<string, ReadonlyMap<string, InputMatrix>>;
  readonly outputs: ReadonlyMap<string, ReadonlyMap<string, Matrix>>;
  /** Bag means by member, row-major [rowCapacity, 4]. */
  readonly means: ReadonlyMap<string, Float32Array>;
  /** The answer, row-major [rowCapacity, 4]. */
  readonly probabilities: Float32Array;
}

/** How an ensemble runs its towers. */
export interface EnsembleOptions {
  /** Bytes of cached vectors of all towers together. Default 0: nothing is cached. */
  readonly towerCacheBytes?: number;
  readonly observer?: TowerObserver;
}

/**
 * Runs the stage graph over a slot: towers and the models of the first stage at once, where a model waits for the towers
 * it reads; stage after stage; then the weighted mean.
 */
export class Ensemble {
  private readonly members: readonly Member[];
  private readonly towers: readonly TowerRunner[];

  constructor(
    private readonly definition: EnsembleDefinition,
    { towerCacheBytes = 0, observer }: EnsembleOptions = {},
  ) {
    this.members = definition.stages.flat();
    const { towers } = definition;
    this.towers = towers.map((tower) => new TowerRunner(tower, towerCacheBytes / towers.length, observer));
  }

  /** Allocates the matrices of one batch. */
  createSlot(rowCapacity: number): BatchSlot {
    const matrix = (width: number): Matrix => ({ data: new Float32Array(rowCapacity * width), width });
    return {
      rowCapacity,
      towers: new Map(this.towers.map((tower) => [tower.name, tower.createSlot(rowCapacity)])),
      inputs: this.perMember(({ inputs }) => createInputs(inputs, rowCapacity)),
      outputs: this.perMember(({ output }) => new Map([[output.tensor, matrix(output.width)]])),
      means: this.perMember(() => new Float32Array(rowCapacity * ENSEMBLE_WIDTH)),
      probabilities: new Float32Array(rowCapacity * ENSEMBLE_WIDTH),
    };
  }

  /**
   * Computes the probabilities of the first `rowCount` rows, whose feature columns are filled.
   * @throws whatever a model throws, see ModelHandle.infer
   */
  async run(slot: BatchSlot, rowCount: number, context: InferenceContext): Promise<void> {
    const towers = new Map(
      this.towers.map((tower) => [tower.name, tower.run(slot.towers.get(tower.name)!, context)]),
    );
    for (const [i, stage] of this.definition.stages.entries()) {
      // All of them let go of the slot before a failure is told, since the caller fills it anew.
      const runs = await Promise.allSettled([
        ...(i === 0 ? towers.values() : []),
        ...stage.map((member) => this.runMember(slot, member, rowCount, towers, context)),
      ]);
      for (const run of runs) if (run.status === 'rejected') throw run.reason;
      for (const later of this.definition.stages.slice(i + 1).flat())
        fillMemberColumns(slot, later, stage, rowCount);
    }
    this.blend(slot, rowCount);
  }

  private async runMember(
    slot: BatchSlot,
    member: Member,
    rowCount: number,
    towers: ReadonlyMap<string, Promise<void>>,
    context: InferenceContext,
  ): Promise<void> {
    const inputs = slot.inputs.get(member.name)!;
    for (const { tensor, tower } of member.inputs) {
      if (tower === undefined) continue;
      await towers.get(tower);
      gatherVectors(slot.towers.get(tower)!, inputs.get(tensor)!, rowCount);
    }
    const outputs = slot.outputs.get(member.name)!;
    await member.model.infer(rowCount, inputs, outputs, context);
    meanOfBags(outputs.get(member.output.tensor)!, rowCount, slot.means.get(member.name)!);
  }

  private blend({ probabilities, means }: BatchSlot, rowCount: number): void {
    probabilities.fill(0, 0, rowCount * ENSEMBLE_WIDTH);
    for (const [name, weights] of this.definition.weights) {
      const mean = means.get(name)!;
      for (let i = 0; i < rowCount * ENSEMBLE_WIDTH; i += 1)
        probabilities[i]! += weights[i % ENSEMBLE_WIDTH]! * mean[i]!;
    }
  }

  private perMember<T>(valueOf: (member: Member) => T): Map<string, T> {
    return new Map(this.members.map((member) => [member.name, valueOf(member)]));
  }
}

/** Gives every row the vector of its tweet. */
function gatherVectors({ rowOfPair, vectors }: TowerSlot, into: InputMatrix, rowCount: number): void {
  const { data, width } = vectors;
  for (let row = 0; row < rowCount; row += 1) {
    const from = rowOfPair[row]! * width;
    into.data.set(data.subarray(from, from + width), row * into.width);
  }
}

/** Averages bags: output row [bag0 t0..t3, bag1 t0..t3, ...] to four values; a NaN stays one. */
function meanOfBags({ data, width }: Matrix, rowCount: number, out: Float32Array): void {
  const bagCount = width / ENSEMBLE_WIDTH;
  for (let row = 0; row < rowCount; row += 1) {
    for (let t = 0; t < ENSEMBLE_WIDTH; t += 1) {
      let sum = 0;
      for (let bag = 0; bag < bagCount; bag += 1) sum += data[row * width + bag * ENSEMBLE_WIDTH + t]!;
      out[row * ENSEMBLE_WIDTH + t] = sum / bagCount;
    }
  }
}

/** Writes the probabilities of a finished stage into the columns that a later member reads them from. */
function fillMemberColumns(
  slot: BatchSlot,
  later: Member,
  finished: readonly Member[],
  rowCount: number,
): void {
  for (const input of later.inputs) {
    const { data, width } = slot.inputs.get(later.name)!.get(input.tensor)!;
    for (const [i, name] of input.members.entries()) {
      if (!finished.some((member) => member.name === name)) continue;
      const mean = slot.means.get(name)!;
      const column = input.ownWidth + i * ENSEMBLE_WIDTH;
      for (let row = 0; row < rowCount; row += 1)
        for (let t = 0; t < ENSEMBLE_WIDTH; t += 1)
          data[row * width + column + t] = mean[row * ENSEMBLE_WIDTH + t]!;
    }
  }
}
