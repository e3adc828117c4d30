import type { InputMatrix, Matrix, ModelHandle } from '../backends/backend.js';
import type { BatchOutcome } from './ladder.js';
import { ENSEMBLE_WIDTH, type ModelInput, type TowerSlot } from './model-input.js';

/** A model of a stage, and how its output becomes four probabilities. */
export interface Member {
  readonly name: string;
  readonly model: ModelHandle;
  readonly inputs: readonly ModelInput[];
  /** Output of [rows, 4 x bags]: column c is bag floor(c / 4), target c mod 4. The bags are averaged. */
  readonly output: { readonly tensor: string; readonly width: number };
  /** Maximum number of missing members among those it reads; their columns are then NaN. Default 0. */
  readonly mayMiss?: number;
}

/** Matrices of one batch: the inputs are filled by the caller, the rest by `Ensemble.run`. */
export interface BatchSlot {
  readonly rowCapacity: number;
  readonly towers: ReadonlyMap<string, TowerSlot>;
  readonly inputs: ReadonlyMap<string, ReadonlyMap<string, InputMatrix>>;
  readonly outputs: ReadonlyMap<string, ReadonlyMap<string, Matrix>>;
  /** Bag means by member, row-major [rowCapacity, 4]; NaN where the member is missing. */
  readonly means: ReadonlyMap<string, Float32Array>;
  /** Members that have answered in the present run; their means are valid. */
  readonly answered: Set<string>;
  /** The answer, row-major [rowCapacity, 4]. */
  readonly probabilities: Float32Array;
  /** How the last run of the slot was answered; undefined before the first. */
  outcome: BatchOutcome | undefined;
}

/** Earlier members that a member reads. */
export function readsOf({ inputs }: Member): string[] {
  return [...new Set(inputs.flatMap(({ members }) => members))];
}

/**
 * Tower vectors of all rows, as an input of a model. Returns the tower's own matrix, without copying, if every row has its
 * own tweet in the same order and the input has no other columns. Otherwise copies the vectors into `own` and returns it.
 */
export function vectorsOfRows(slot: TowerSlot, own: InputMatrix, rowCount: number): InputMatrix {
  const { rowOfPair, vectors } = slot;
  let row = 0;
  if (own.width === vectors.width) while (row < rowCount && rowOfPair[row] === row) row += 1;
  if (row === rowCount) return vectors;
  gatherVectors(slot, own, rowCount);
  return own;
}

/** Copies the vector of its tweet to every row; rows with consecutive tweets are copied together. */
function gatherVectors({ rowOfPair, vectors }: TowerSlot, into: InputMatrix, rowCount: number): void {
  const { data, width } = vectors;
  // Vectors are contiguous in the input only if it has no other columns.
  const joinedRows = into.width === width ? rowCount : 0;
  let row = 0;
  while (row < rowCount) {
    const from = rowOfPair[row]!;
    let count = 1;
    while (row + count < joinedRows && rowOfPair[row + count] === from + count) count += 1;
    into.data.set(data.subarray(from * width, (from + count) * width), row * into.width);
    row += count;
  }
}

/** Averages bags: output row [bag0 t0..t3, bag1 t0..t3, ...] to four values. NaN stays NaN. */
export function meanOfBags({ data, width }: Matrix, rowCount: number, out: Float32Array): void {
  const bagCount = width / ENSEMBLE_WIDTH;
  for (let row = 0; row < rowCount; row += 1) {
    for (let t = 0; t < ENSEMBLE_WIDTH; t += 1) {
      let sum = 0;
      for (let bag = 0; bag < bagCount; bag += 1) sum += data[row * width + bag * ENSEMBLE_WIDTH + t]!;
      out[row * ENSEMBLE_WIDTH + t] = sum / bagCount;
    }
  }
}

/** Writes the probabilities of the members that `member` reads into its columns; NaN for missing members. */
export function fillMemberColumns(
  slot: BatchSlot,
  reader: Member,
  missing: ReadonlySet<string>,
  rowCount: number,
): void {
  for (const input of reader.inputs) {
    if (input.members.length === 0) continue;
    const { data, width } = slot.inputs.get(reader.name)!.get(input.tensor)!;
    for (const [i, name] of input.members.entries()) {
      const mean = slot.means.get(name)!;
      const column = input.ownWidth + i * ENSEMBLE_WIDTH;
      const isMissing = missing.has(name);
      for (let row = 0; row < rowCount; row += 1)
        for (let t = 0; t < ENSEMBLE_WIDTH; t += 1)
          data[row * width + column + t] = isMissing ? Number.NaN : mean[row * ENSEMBLE_WIDTH + t]!;
    }
  }
}
