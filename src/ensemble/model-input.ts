import { createInputMatrix, type InputMatrix, type Matrix, type ModelHandle } from '../backends/backend.js';

/** Probabilities per row, of every member and of the answer: reply, retweet, quote, like. */
export const ENSEMBLE_WIDTH = 4;

/** One input tensor of a model. */
export interface ModelInput {
  readonly tensor: string;
  readonly datatype: 'FP32' | 'INT32';
  /** Number of first columns that do not come from members of earlier stages. */
  readonly ownWidth: number;
  /** Members of earlier stages whose four probabilities follow. `Ensemble.run` writes them. FP32 only. */
  readonly members: readonly string[];
  /** Tower whose vectors fill the first columns, written by `Ensemble.run`. If undefined, the caller writes them. */
  readonly tower?: string;
}

/** A model that runs once per distinct tweet; other models read its vectors. */
export interface Tower {
  readonly name: string;
  readonly model: ModelHandle;
  readonly inputs: readonly ModelInput[];
  readonly output: { readonly tensor: string; readonly width: number };
}

/** The part of a slot that a tower uses: one row per distinct tweet. */
export interface TowerSlot {
  readonly inputs: ReadonlyMap<string, InputMatrix>;
  /** Number of filled rows in `inputs`, at most the capacity of the slot. The code that fills the rows sets it. */
  rowCount: number;
  /** Row of the tweet in `inputs`, by row of the slot. */
  readonly rowOfPair: Int32Array;
  /** Row-major [rowCapacity, width], written by the tower. */
  readonly vectors: Matrix;
}

/** Number of columns of an input: its first columns, and four per member that it reads. */
export function inputWidth({ ownWidth, members }: ModelInput): number {
  return ownWidth + members.length * ENSEMBLE_WIDTH;
}

/** Zeroed matrices of a model's inputs, by tensor. */
export function createInputs(inputs: readonly ModelInput[], rowCapacity: number): Map<string, InputMatrix> {
  return new Map(
    inputs.map((input) => [input.tensor, createInputMatrix(input.datatype, rowCapacity, inputWidth(input))]),
  );
}
