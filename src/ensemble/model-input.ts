import { createInputMatrix, type InputMatrix, type Matrix, type ModelHandle } from '../backends/backend.js';

/** Values per row of every member and of the blend: reply, retweet, quote, like. */
export const ENSEMBLE_WIDTH = 4;

/** One input tensor of a model. */
export interface ModelInput {
  readonly tensor: string;
  readonly datatype: 'FP32' | 'INT32';
  /** Values per row that are not of earlier members; they come first. */
  readonly ownWidth: number;
  /** Earlier members whose four probabilities follow, written by `Ensemble.run`; for FP32 only. */
  readonly members: readonly string[];
  /** The tower whose vectors the own values are, written by `Ensemble.run`; others are written by the caller. */
  readonly tower?: string;
}

/** A model that runs once per distinct tweet; other models read its output. */
export interface Tower {
  readonly name: string;
  readonly model: ModelHandle;
  readonly inputs: readonly ModelInput[];
  readonly output: { readonly tensor: string; readonly width: number };
}

/** The part of a slot that a tower reads: a row per distinct tweet. */
export interface TowerSlot {
  readonly inputs: ReadonlyMap<string, InputMatrix>;
  /** Rows of `inputs` that are filled, at most the capacity of the slot. Set by whoever fills them. */
  rowCount: number;
  /** For each row of the slot, the row of `inputs` of its tweet. */
  readonly rowOfPair: Int32Array;
  /** Row-major [rowCapacity, width]: filled by the tower. */
  readonly vectors: Matrix;
}

/** Columns of an input: its own, and four per earlier member. */
export function inputWidth({ ownWidth, members }: ModelInput): number {
  return ownWidth + members.length * ENSEMBLE_WIDTH;
}

/** Zeroed matrices of a model's inputs, by tensor. */
export function createInputs(inputs: readonly ModelInput[], rowCapacity: number): Map<string, InputMatrix> {
  return new Map(
    inputs.map((input) => [input.tensor, createInputMatrix(input.datatype, rowCapacity, inputWidth(input))]),
  );
}
