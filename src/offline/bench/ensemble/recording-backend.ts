import type {
  Backend,
  InputMatrix,
  Matrix,
  ModelCheck,
  ModelHandle,
  ModelLocation,
} from '../../../backends/backend.js';
import type { MatrixCall } from '../../../backends/triton/matrix-tensors.js';

/** Keeps a copy of what each model of another backend is called with. */
export class RecordingBackend implements Backend {
  readonly name: string;
  /** By model, its calls in turn, with outputs that nothing has been written to. */
  readonly calls = new Map<string, MatrixCall[]>();

  constructor(private readonly inner: Backend) {
    this.name = inner.name;
  }

  /** @throws PairstreamError as the other backend */
  async load(location: ModelLocation, check: ModelCheck): Promise<ModelHandle> {
    const calls: MatrixCall[] = [];
    // Models are loaded together, and keep the order in which they were asked for.
    this.calls.set(location.name, calls);
    const model = await this.inner.load(location, check);
    return {
      metadata: model.metadata,
      infer: (rowCount, inputs, outputs, context) => {
        calls.push({ rowCount, inputs: copyOf(inputs, rowCount), outputs: emptyLike(outputs, rowCount) });
        return model.infer(rowCount, inputs, outputs, context);
      },
    };
  }

  /** Closes the other backend; the calls stay. */
  close(): Promise<void> {
    return this.inner.close();
  }
}

/** Zeroed outputs for repeating a recorded call. */
export function emptyLike(outputs: ReadonlyMap<string, Matrix>, rowCount: number): Map<string, Matrix> {
  return new Map(
    [...outputs].map(([name, { width }]) => [name, { data: new Float32Array(rowCount * width), width }]),
  );
}

function copyOf(inputs: ReadonlyMap<string, InputMatrix>, rowCount: number): Map<string, InputMatrix> {
  return new Map(
    [...inputs].map(([name, { data, width }]): [string, InputMatrix] => [
      name,
      data instanceof Float32Array
        ? { data: data.slice(0, rowCount * width), width }
        : { data: data.slice(0, rowCount * width), width },
    ]),
  );
}
