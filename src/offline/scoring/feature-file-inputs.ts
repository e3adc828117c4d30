import type { InputMatrix } from '../../backends/backend.js';
import type { BatchSlot } from '../../ensemble/batch-slot.js';
import type { BoundEnsemble, BoundInput, IndexColumn } from '../../features/bound-input.js';
import type { FeatureColumns } from '../replay/feature-file-reader.js';
import { TOKENS_PER_ROW } from '../../features/feature-file-contract.js';

/** Writes rows of feature files into the inputs of an ensemble. */
export class FeatureFileInputs {
  constructor(private readonly ensemble: BoundEnsemble) {}

  /**
   * Writes `rowCount` rows of a file, from row `from` on, into the first rows of a slot. Each row is a row of the towers,
   * which run equal rows once.
   * @throws PairstreamError INVALID_DATA_FILE for a column that is missing
   */
  write(slot: BatchSlot, columns: FeatureColumns, from: number, rowCount: number): void {
    for (const { name, inputs } of this.ensemble.stages.flat())
      for (const input of inputs)
        writeInput(input, slot.inputs.get(name)!.get(input.tensor)!, columns, from, rowCount);
    for (const { name, inputs } of this.ensemble.towers) {
      const tower = slot.towers.get(name)!;
      for (const input of inputs) writeInput(input, tower.inputs.get(input.tensor)!, columns, from, rowCount);
      tower.rowCount = rowCount;
      for (let row = 0; row < rowCount; row += 1) tower.rowOfPair[row] = row;
    }
  }
}

function writeInput(
  { source }: BoundInput,
  matrix: InputMatrix,
  columns: FeatureColumns,
  from: number,
  rowCount: number,
): void {
  if (source.kind === 'features') {
    const { data, width } = matrix;
    for (const [c, { name }] of source.definitions.entries()) {
      const values = columns.feature(name);
      for (let row = 0; row < rowCount; row += 1) data[row * width + c] = values[from + row]!;
    }
  } else if (source.kind === 'indexes') {
    for (const [c, column] of source.columns.entries())
      writeIndexes(column, c, matrix, columns, from, rowCount);
  } else if (source.kind === 'tokens') writeTokens(matrix, columns, from, rowCount);
}

function writeIndexes(
  { key, map }: IndexColumn,
  c: number,
  { data, width }: InputMatrix,
  columns: FeatureColumns,
  from: number,
  rowCount: number,
): void {
  const lanes = columns.key(key.name);
  for (let row = 0; row < rowCount; row += 1) {
    const at = 2 * (from + row);
    data[row * width + c] = map.indexOf(lanes[at]!, lanes[at + 1]!);
  }
}

/** Copies the first tokens of every row, padded with zeros if a model takes more than a file has. */
function writeTokens(
  { data, width }: InputMatrix,
  { tokens }: FeatureColumns,
  from: number,
  rowCount: number,
): void {
  const count = Math.min(width, TOKENS_PER_ROW);
  for (let row = 0; row < rowCount; row += 1) {
    const at = (from + row) * TOKENS_PER_ROW;
    for (let i = 0; i < count; i += 1) data[row * width + i] = tokens[at + i]!;
    data.fill(0, row * width + count, (row + 1) * width);
  }
}
