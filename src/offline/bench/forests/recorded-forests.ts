import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelLocation } from '../../../backends/backend.js';
import { FOREST_FILE } from '../../../backends/forest/forest-engine.js';
import { INPUT_TENSOR } from '../../../backends/forest/forest-model.js';
import type { MatrixCall } from '../../../backends/triton/matrix-tensors.js';
import type { PartRow } from '../../../pairs/part-row.js';
import { readPipelineFile } from '../../../releases/pipeline-file.js';
import { recordCalls } from '../ensemble/recorded-calls.js';

/** A forest of a pipeline, with the calls that the gateway makes for real pairs. */
export interface RecordedForest {
  readonly location: ModelLocation;
  /** Path of the model file. */
  readonly path: string;
  /** Calls of 1,024 rows, each of other pairs. */
  readonly calls: readonly MatrixCall[];
  /** Rows of all calls, float32 [rowCount, width]. */
  readonly rows: Float32Array;
  /** Values per row. */
  readonly width: number;
}

/** Records the calls of every forest of a pipeline, in the order of the stages. @throws PairstreamError as loadRelease */
export async function recordForests(
  pipelinePath: string,
  rows: readonly PartRow[],
): Promise<RecordedForest[]> {
  const { definition, modelRepositoryPath } = readPipelineFile(pipelinePath);
  const recorded = await recordCalls(pipelinePath, rows);
  return definition.stages.flat().flatMap((name) => {
    const { version } = definition.models[name]!;
    const location = { name, version, directory: join(modelRepositoryPath, name) };
    const path = join(location.directory, version, FOREST_FILE);
    return existsSync(path) ? [{ location, path, ...rowsOf(recorded.get(name)!) }] : [];
  });
}

function rowsOf(calls: readonly MatrixCall[]): Pick<RecordedForest, 'calls' | 'rows' | 'width'> {
  const matrices = calls.map(({ inputs }) => inputs.get(INPUT_TENSOR)!);
  const rows = new Float32Array(matrices.reduce((sum, { data }) => sum + data.length, 0));
  let at = 0;
  for (const { data } of matrices) {
    rows.set(data, at);
    at += data.length;
  }
  return { calls, rows, width: matrices[0]!.width };
}
