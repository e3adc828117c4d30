import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { inputWidth, type ModelInput } from '../ensemble/model-input.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import { schemaProblems } from '../errors/schema-problems.js';
import type { InputMatrix, Matrix, ModelHandle } from '../backends/backend.js';

/** Time limit of the golden rows of one model: long for the slowest model, but finite, so that the start cannot hang. */
const GOLDEN_DEADLINE_MS = 60_000;

const rowsSchema = z.array(z.array(z.number().nullable())).min(1);
const goldenSchema = z.object({
  model: z.string(),
  version: z.string(),
  /** Rows by input tensor; null stands for NaN. */
  inputs: z.record(z.string(), rowsSchema),
  /** Rows by output tensor. */
  outputs: z.record(z.string(), rowsSchema),
  tolerance: z.number().positive(),
  /** SHA-256 of each index map that the model was trained with. */
  index_maps: z.record(z.string(), z.string()).default({}),
});
type Golden = z.infer<typeof goldenSchema>;

/** A model to check, as the pipeline file describes it. */
export interface GoldenSubject {
  readonly model: ModelHandle;
  readonly inputs: readonly ModelInput[];
  readonly output: { readonly tensor: string; readonly width: number };
  /** SHA-256 of each index map that the release serves with the model. */
  readonly mapSha256: ReadonlyMap<string, string>;
}

/**
 * Runs the golden rows through a loaded model and compares the outputs with those that the training library computed.
 * @throws PairstreamError INVALID_MODEL if the file is missing or malformed, belongs to another model, version, width or index
 *   map, or if an output differs by more than its tolerance
 */
export async function checkGoldenRows(path: string, subject: GoldenSubject): Promise<void> {
  const { model, inputs, output } = subject;
  const golden = await readGolden(path);
  checkIdentity(path, golden, subject);
  const expected = toFloats(path, 'outputs', golden.outputs, output.tensor, output.width);
  const rowCount = expected.length / output.width;
  const matrices = new Map(inputs.map((input) => [input.tensor, toInput(path, golden, input, rowCount)]));
  const outputs: Matrix = { data: new Float32Array(expected.length), width: output.width };
  const deadlineMs = performance.now() + GOLDEN_DEADLINE_MS;
  const context = { deadlineMs, signal: new AbortController().signal };
  await model.infer(rowCount, matrices, new Map([[output.tensor, outputs]]), context);
  expected.forEach((value, i) => {
    const seen = outputs.data[i]!;
    if (Math.abs(seen - value) <= golden.tolerance) return;
    const place = `row ${Math.floor(i / output.width)}, column ${i % output.width}`;
    const problem = `${place}: the model answers ${seen}, expected ${value} within ${golden.tolerance}`;
    throw invalid(path, 'outputs', `${problem}: model and golden rows are of different trainings`);
  });
}

function checkIdentity(path: string, golden: Golden, { model, mapSha256 }: GoldenSubject): void {
  for (const field of ['model', 'version'] as const) {
    const expected = field === 'model' ? model.metadata.name : model.metadata.version;
    if (golden[field] !== expected) throw invalid(path, field, `"${golden[field]}", expected "${expected}"`);
  }
  for (const [map, sha256] of mapSha256) {
    const trained = golden.index_maps[map];
    if (trained === sha256) continue;
    const problem = `the model was trained with ${trained ?? 'none'}, the file ${map}.arrow has ${sha256}`;
    throw invalid(path, `index_maps.${map}`, problem);
  }
}

async function readGolden(path: string): Promise<Golden> {
  if (!existsSync(path)) {
    const expected =
      'expected the golden rows of the model: `python -m pairstream_training import` writes them with it';
    throw new PairstreamError('INVALID_MODEL', `${path}: no such file, ${expected}`, { field: path });
  }
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
  if (!parsed.success) throw invalid(path, 'golden rows', schemaProblems(parsed.error));
  return parsed.data;
}

function toInput(path: string, golden: Golden, input: ModelInput, rowCount: number): InputMatrix {
  const width = inputWidth(input);
  const values = toFloats(path, 'inputs', golden.inputs, input.tensor, width);
  if (values.length !== rowCount * width) {
    const seen = `${values.length / width} rows`;
    throw invalid(path, `inputs.${input.tensor}`, `${seen}, expected ${rowCount}, as many as of the output`);
  }
  const data = input.datatype === 'INT32' ? Int32Array.from(values) : values;
  return data instanceof Int32Array ? { data, width } : { data, width };
}

function toFloats(
  path: string,
  side: 'inputs' | 'outputs',
  tensors: Readonly<Record<string, readonly (readonly (number | null)[])[]>>,
  tensor: string,
  width: number,
): Float32Array<ArrayBuffer> {
  const field = `${side}.${tensor}`;
  const rows = tensors[tensor];
  if (rows === undefined) throw invalid(path, field, `none, only ${Object.keys(tensors).join(', ')}`);
  const wrong = rows.findIndex((row) => row.length !== width);
  if (wrong >= 0)
    throw invalid(path, `${field}[${wrong}]`, `${rows[wrong]!.length} values, expected ${width}`);
  return Float32Array.from(rows.flat(), (value) => value ?? Number.NaN);
}

function invalid(path: string, field: string, problem: string): PairstreamError {
  return new PairstreamError('INVALID_MODEL', `${path}: ${field}: ${problem}`, { field });
}
