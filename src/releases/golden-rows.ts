import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { PairstreamError } from '../errors/pairstream-error.js';
import type { Matrix, ModelHandle } from '../inference/backend.js';

/** Long enough for any model on any machine: a check at start must not hang. */
const GOLDEN_DEADLINE_MS = 60_000;

const goldenSchema = z.object({
  model: z.string(),
  version: z.string(),
  rows: z.array(z.array(z.number().nullable())).min(1),
  outputs: z.array(z.array(z.number())).min(1),
  tolerance: z.number().positive(),
});

/** A tensor of the model under test, by the pipeline's word. */
export interface GoldenTensor {
  readonly tensor: string;
  /** Values per row. */
  readonly width: number;
}

/**
 * Runs the rows of a golden file (null stands for NaN) through a loaded model and compares with the outputs that the
 * training library computed.
 * @throws PairstreamError INVALID_MODEL when the file is missing, malformed, of another model, version or width, or an
 *   output is off by more than its tolerance
 */
export async function checkGoldenRows(
  path: string,
  model: ModelHandle,
  input: GoldenTensor,
  output: GoldenTensor,
): Promise<void> {
  const golden = await readGolden(path);
  for (const field of ['model', 'version'] as const) {
    const expected = field === 'model' ? model.metadata.name : model.metadata.version;
    if (golden[field] !== expected) throw invalid(path, field, `"${golden[field]}", expected "${expected}"`);
  }
  const inputs = toMatrix(path, 'rows', golden.rows, input);
  const expected = toMatrix(path, 'outputs', golden.outputs, output);
  const rowCount = golden.rows.length;
  if (golden.outputs.length !== rowCount) {
    throw invalid(path, 'outputs', `${golden.outputs.length} rows, expected ${rowCount}`);
  }
  const outputs: Matrix = { data: new Float32Array(expected.data.length), width: expected.width };
  const deadlineMs = performance.now() + GOLDEN_DEADLINE_MS;
  const context = { deadlineMs, signal: new AbortController().signal };
  await model.infer(
    rowCount,
    new Map([[input.tensor, inputs]]),
    new Map([[output.tensor, outputs]]),
    context,
  );
  expected.data.forEach((value, i) => {
    const seen = outputs.data[i]!;
    if (Math.abs(seen - value) <= golden.tolerance) return;
    const place = `row ${Math.floor(i / expected.width)}, column ${i % expected.width}`;
    const problem = `${place}: the model answers ${seen}, expected ${value} within ${golden.tolerance}`;
    throw invalid(path, 'outputs', `${problem}: model and golden rows are of different trainings`);
  });
}

async function readGolden(path: string): Promise<z.infer<typeof goldenSchema>> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new PairstreamError('INVALID_MODEL', `${path}: cannot be read as JSON`, {
      field: path,
      cause: error,
    });
  }
  const parsed = goldenSchema.safeParse(json);
  if (!parsed.success) throw invalid(path, 'golden rows', z.prettifyError(parsed.error));
  return parsed.data;
}

function toMatrix(
  path: string,
  field: string,
  rows: readonly (readonly (number | null)[])[],
  { tensor, width: tensorWidth }: GoldenTensor,
): Matrix {
  const width = rows[0]!.length;
  if (width !== tensorWidth)
    throw invalid(path, field, `${width} values each, expected ${tensorWidth} for ${tensor}`);
  const uneven = rows.findIndex((row) => row.length !== width);
  if (uneven >= 0)
    throw invalid(path, `${field}[${uneven}]`, `${rows[uneven]!.length} values, expected ${width}`);
  return { data: Float32Array.from(rows.flat(), (value) => value ?? Number.NaN), width };
}

function invalid(path: string, field: string, problem: string): PairstreamError {
  return new PairstreamError('INVALID_MODEL', `${path}: ${field}: ${problem}`, { field });
}
