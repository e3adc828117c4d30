/** A connection that is kept would keep a server from ending. */
const CLOSE = { connection: 'close' };

/** A tensor as it travels. */
export interface WireTensor {
  /** Triton's name, for instance FP32. */
  readonly datatype: string;
  /** Rows first. */
  readonly shape: readonly number[];
  /** Row-major, little-endian. */
  readonly bytes: Uint8Array;
}

/** What the tests need of a running Triton over HTTP; the gateway itself speaks gRPC. */
export class TritonHttp {
  private readonly base: string;

  constructor(
    httpPort: number,
    private readonly metricsPort: number,
  ) {
    this.base = `http://127.0.0.1:${httpPort}/v2`;
  }

  /** Runs a model. @param wanted outputs to ask for; all by default @throws Error with status and message */
  async infer(
    model: string,
    inputs: Readonly<Record<string, WireTensor>>,
    wanted: readonly string[] = [],
  ): Promise<Record<string, WireTensor>> {
    const header = JSON.stringify({
      inputs: Object.entries(inputs).map(([name, { datatype, shape, bytes }]) => ({
        name,
        datatype,
        shape,
        parameters: { binary_data_size: bytes.length },
      })),
      ...(wanted.length > 0
        ? { outputs: wanted.map((name) => ({ name, parameters: { binary_data: true } })) }
        : {}),
      parameters: { binary_data_output: true },
    });
    const response = await fetch(`${this.base}/models/${model}/infer`, {
      method: 'POST',
      headers: { ...CLOSE, 'Inference-Header-Content-Length': String(Buffer.byteLength(header)) },
      body: Buffer.concat([Buffer.from(header), ...Object.values(inputs).map(({ bytes }) => bytes)]),
    });
    const body = new Uint8Array(await response.arrayBuffer());
    if (!response.ok) throw new Error(`${response.status} ${new TextDecoder().decode(body)}`);
    return readOutputs(body, Number(response.headers.get('Inference-Header-Content-Length')));
  }

  /** Why each model that could not be loaded could not. */
  async loadErrors(): Promise<Record<string, string>> {
    const response = await fetch(`${this.base}/repository/index`, { method: 'POST', headers: CLOSE });
    const models = (await response.json()) as { name: string; state?: string; reason?: string }[];
    const failed = models.filter(({ state }) => state === 'UNAVAILABLE');
    return Object.fromEntries(failed.map(({ name, reason }) => [name, reason ?? '']));
  }

  /** The configuration of a loaded model. */
  async config(model: string): Promise<Record<string, unknown>> {
    return (await (await fetch(`${this.base}/models/${model}/config`, { headers: CLOSE })).json()) as Record<
      string,
      unknown
    >;
  }

  /** The value of a counter or gauge of a model. */
  async metric(name: string, model: string): Promise<number> {
    const text = await (
      await fetch(`http://127.0.0.1:${this.metricsPort}/metrics`, { headers: CLOSE })
    ).text();
    const value = new RegExp(`^${name}\\{[^}]*model="${model}"[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1];
    if (value === undefined) throw new Error(`no metric ${name} of model ${model}`);
    return Number(value);
  }
}

/** The tensors of an answer: a JSON header that names them, then their bytes. */
function readOutputs(body: Uint8Array, headerBytes: number): Record<string, WireTensor> {
  const { outputs } = JSON.parse(new TextDecoder().decode(body.subarray(0, headerBytes))) as {
    outputs: { name: string; datatype: string; shape: number[]; parameters: { binary_data_size: number } }[];
  };
  let at = headerBytes;
  return Object.fromEntries(
    outputs.map(({ name, datatype, shape, parameters }) => {
      const bytes = body.slice(at, at + parameters.binary_data_size);
      at += bytes.length;
      return [name, { datatype, shape, bytes }];
    }),
  );
}

/** A tensor of [rows, width] from rows of numbers; null is a missing value. */
export function matrix(
  datatype: 'FP32' | 'INT32',
  rows: readonly (readonly (number | null)[])[],
): WireTensor {
  const values = rows.flat();
  const array =
    datatype === 'FP32'
      ? Float32Array.from(values, (value) => value ?? Number.NaN)
      : Int32Array.from(values, (value) => value ?? 0);
  return { datatype, shape: [rows.length, rows[0]!.length], bytes: new Uint8Array(array.buffer) };
}

/** A tensor of [rows, width] from rows of strings. */
export function strings(rows: readonly (readonly (string | Uint8Array)[])[]): WireTensor {
  const elements = rows.flat().map((value) => {
    const element = Buffer.from(value as string);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(element.length);
    return Buffer.concat([length, element]);
  });
  return { datatype: 'BYTES', shape: [rows.length, rows[0]!.length], bytes: Buffer.concat(elements) };
}

/** The values of an FP32 tensor. */
export function floats(tensor: WireTensor | undefined): number[] {
  if (tensor?.datatype !== 'FP32') throw new Error(`a tensor of ${tensor?.datatype}, expected FP32`);
  return [...new Float32Array(tensor.bytes.slice().buffer)];
}
