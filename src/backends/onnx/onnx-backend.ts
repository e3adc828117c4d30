import { webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { availableParallelism } from 'node:os';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { fileProblem } from '../../errors/file-problem.js';
import { requireTime } from '../call-time.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type {
  Backend,
  InferenceContext,
  InputMatrix,
  Matrix,
  ModelCheck,
  ModelHandle,
  ModelLocation,
  ModelMetadata,
  TensorSpec,
} from '../backend.js';
import { loadOnnxRuntime, type OnnxRuntime } from './onnx-runtime.js';
import { RunTurns } from './run-turns.js';

/** Options of OnnxBackend. */
export interface OnnxBackendOptions {
  /** Number of threads per run. 0 means one per core that this process may use, by CPU set and CPU quota. */
  readonly threadCount: number;
}

/** KServe v2 names of the element types that a model may have, by ONNX Runtime's names. */
const DATATYPES: Readonly<Record<string, string>> = {
  float32: 'FP32',
  int32: 'INT32',
  int64: 'INT64',
  uint8: 'UINT8',
};

/** Name of the file of a model that ONNX Runtime runs, in its version folder. */
export const ONNX_FILE = 'model.onnx';

/** Runs `<model>/<version>/model.onnx` with ONNX Runtime inside this process. */
export class OnnxBackend implements Backend {
  readonly name = 'onnxruntime';
  private readonly sessions = new Set<InferenceSession>();
  private readonly turns = new RunTurns();

  constructor(private readonly options: OnnxBackendOptions) {}

  /**
   * Loads a model and checks it. If the check fails, the model is released. The caller releases the returned model, or closes the
   * backend.
   * @throws PairstreamError INVALID_MODEL if the file is missing or not a model; INVALID_CONFIG without ONNX Runtime; errors of the
   *   check
   */
  async load(
    { name, version, directory, checkFile }: ModelLocation,
    check: ModelCheck,
  ): Promise<ModelHandle> {
    const runtime = await loadOnnxRuntime();
    const startedMs = performance.now();
    const path = join(directory, version, ONNX_FILE);
    const bytes = await readModel(path);
    // On a thread of Node: the hash of a large model takes longer than the event loop may be blocked.
    const contentSha256 = Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex');
    checkFile?.(ONNX_FILE, contentSha256);
    const session = await this.createSession(runtime, path, bytes);
    const loadMs = performance.now() - startedMs;
    this.sessions.add(session);
    const metadata: ModelMetadata = {
      name,
      version,
      inputs: session.inputMetadata.map((input) => tensorSpec(path, input)),
      outputs: session.outputMetadata.map((output) => tensorSpec(path, output)),
      contentSha256,
      engine: this.name,
      loadMs,
    };
    const release = (): Promise<void> => this.releaseSession(session);
    const model = new OnnxModel(runtime, metadata, session, this.turns, release);
    try {
      await check(model);
    } catch (error) {
      await release();
      throw error;
    }
    return model;
  }

  /** Releases all models. */
  async close(): Promise<void> {
    await Promise.all([...this.sessions].map((session) => this.releaseSession(session)));
  }

  private async releaseSession(session: InferenceSession): Promise<void> {
    if (this.sessions.delete(session)) await session.release();
  }

  private async createSession(
    runtime: OnnxRuntime,
    path: string,
    bytes: Uint8Array,
  ): Promise<InferenceSession> {
    const { threadCount } = this.options;
    try {
      return await runtime.InferenceSession.create(bytes, {
        // By default ONNX Runtime counts all cores of the machine, and pins threads to cores that the container may not use.
        intraOpNumThreads: threadCount === 0 ? availableParallelism() : threadCount,
        logSeverityLevel: 3,
        // Idle threads sleep instead of spinning: the gateway and others on the machine need the cores between runs.
        extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
      });
    } catch (error) {
      throw new PairstreamError(
        'INVALID_MODEL',
        `${path}: not a model that ONNX Runtime can load; the file may be damaged`,
        {
          field: path,
          cause: error,
        },
      );
    }
  }
}

class OnnxModel implements ModelHandle {
  constructor(
    private readonly runtime: OnnxRuntime,
    readonly metadata: ModelMetadata,
    private readonly session: InferenceSession,
    private readonly turns: RunTurns,
    readonly release: () => Promise<void>,
  ) {}

  /**
   * Waits for its turn and runs the model. Deadline and signal are checked once, before the run: a run in flight cannot be interrupted.
   * @throws PairstreamError CANCELLED; DEADLINE_EXCEEDED; BACKEND_FAILED if the run fails or an output has another type or size
   */
  async infer(
    rowCount: number,
    inputs: ReadonlyMap<string, InputMatrix>,
    outputs: ReadonlyMap<string, Matrix>,
    context: InferenceContext,
  ): Promise<void> {
    const results = await this.turns.take(context.signal, () => {
      requireTime(context);
      const feeds: Record<string, Tensor> = {};
      for (const [name, { data, width }] of inputs) feeds[name] = this.toTensor(data, rowCount, width);
      return this.run(feeds, [...outputs.keys()]);
    });
    for (const [name, { data, width }] of outputs) {
      const values = results[name]?.data;
      if (!(values instanceof Float32Array) || values.length !== rowCount * width) {
        const seen = values instanceof Float32Array ? `${values.length} values` : typeof values;
        throw this.failed(`output ${name}: ${seen}, expected ${rowCount * width} of FP32`);
      }
      data.set(values);
    }
  }

  private async run(
    feeds: Record<string, Tensor>,
    fetches: string[],
  ): Promise<InferenceSession.OnnxValueMapType> {
    try {
      return await this.session.run(feeds, fetches);
    } catch (error) {
      throw this.failed(error instanceof Error ? error.message : String(error), error);
    }
  }

  private toTensor(data: InputMatrix['data'], rowCount: number, width: number): Tensor {
    const shape = [rowCount, width];
    return data instanceof Float32Array
      ? new this.runtime.Tensor('float32', data.subarray(0, rowCount * width), shape)
      : new this.runtime.Tensor('int32', data.subarray(0, rowCount * width), shape);
  }

  private failed(problem: string, cause?: unknown): PairstreamError {
    const { name, version } = this.metadata;
    return new PairstreamError('BACKEND_FAILED', `model ${name} ${version}: ${problem}`, { cause });
  }
}

async function readModel(path: string): Promise<Buffer<ArrayBuffer>> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new PairstreamError('INVALID_MODEL', `${path}: ${fileProblem(error)}`, {
      field: path,
      cause: error,
    });
  }
}

function tensorSpec(path: string, value: InferenceSession.ValueMetadata): TensorSpec {
  const datatype = value.isTensor ? DATATYPES[value.type] : undefined;
  if (!value.isTensor || datatype === undefined) {
    const seen = value.isTensor ? value.type : 'no tensor';
    const expected = Object.keys(DATATYPES).join(', ');
    throw new PairstreamError(
      'INVALID_MODEL',
      `${path}: ${value.name} is ${seen}, expected one of ${expected}`,
      {
        field: value.name,
      },
    );
  }
  return {
    name: value.name,
    datatype,
    // A named axis has any size.
    shape: value.shape.map((size) => (typeof size === 'number' ? size : -1)),
  };
}
