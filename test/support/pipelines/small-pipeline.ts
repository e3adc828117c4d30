import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { PairstreamError } from '../../../src/errors/pairstream-error.js';
import type { Backend, ModelCheck, ModelHandle, ModelLocation } from '../../../src/backends/backend.js';
import type { FakeModel } from '@pairstream/triton-testing';
import { ROOT } from '../gateway/test-gateway.js';

/** A model that is a function of a row. */
interface SmallModel {
  readonly tensor: 'FP32' | 'INT32';
  readonly inputWidth: number;
  readonly outputWidth: number;
  readonly answer: (row: readonly number[]) => number[];
}

const TOKENS = 4;
const FEATURES = ['b_follower_count', 'dt_minute'];
export const FIRST_STAGE = ['a', 'b', 'c', 'd'];
const TARGET_SHIFTS = [-2, -1, -3, 0.5];
const SECOND_STAGE_WIDTH = FEATURES.length + 4 * FIRST_STAGE.length;

/** Four probabilities from one number. */
function squash(x: number): number[] {
  return TARGET_SHIFTS.map((shift) => 1 / (1 + Math.exp(-x - shift)));
}

/** What a second-stage model makes of the members that are there. */
function meanOfPresent(row: readonly number[], scale: number): number[] {
  return [0, 1, 2, 3].map((t) => {
    const present = FIRST_STAGE.map((_, i) => row[FEATURES.length + 4 * i + t]!).filter(
      (value) => !Number.isNaN(value),
    );
    return scale * (present.reduce((sum, value) => sum + value, 0) / present.length);
  });
}

const first = (scale: number): SmallModel => ({
  tensor: 'FP32',
  inputWidth: FEATURES.length,
  outputWidth: 4,
  answer: ([followers, minute]) => squash(scale * Math.log1p(followers!) - minute! / 1_440),
});
const second = (scale: number): SmallModel => ({
  tensor: 'FP32',
  inputWidth: SECOND_STAGE_WIDTH,
  outputWidth: 4,
  answer: (row) => meanOfPresent(row, scale),
});

/** `t` is a tower that `d` reads; `x` and `y` read a, b, c and d. */
const MODELS: Readonly<Record<string, SmallModel>> = {
  t: {
    tensor: 'INT32',
    inputWidth: TOKENS,
    outputWidth: 1,
    answer: (row) => [row.reduce((sum, token) => sum + (token % 7), 0) / 10],
  },
  a: first(0.1),
  b: first(-0.2),
  c: first(0.3),
  d: { tensor: 'FP32', inputWidth: 1, outputWidth: 4, answer: ([vector]) => squash(-vector!) },
  x: second(0.9),
  y: second(0.7),
};

const LADDER = [
  { rung: 'full', weights: { x: 0.75, y: 0.25 }, rce: 23.5 },
  { rung: 'stage2', weights: { x: 0.75, y: 0.25 }, may_miss: 2 },
  { rung: 'stage1_mean', weights: { a: 0.4, b: 0.3, c: 0.2, d: 0.1 }, may_miss: 2, rce: null },
  { rung: 'a_alone', weights: { a: 1 }, rce: 12 },
  { rung: 'base_rates', base_rates: true, rce: 0 },
];

/** A pipeline of two stages and a tower in a folder of its own, with golden rows; its tables are the shipped ones. */
export class SmallPipeline implements Disposable {
  readonly path: string;
  private readonly folder = mkdtempSync(join(tmpdir(), 'small-pipeline-'));

  constructor() {
    const shipped = join(ROOT, 'pipelines/recsys2021');
    const models = Object.entries(MODELS).map(([name, { outputWidth }]) => {
      this.writeGolden(name);
      const isTower = name === 't';
      const output = { width: outputWidth, combine: isTower ? 'vector' : 'mean_of_bags' };
      const definition = {
        version: '1',
        row_space: isTower ? 'tweet' : 'pair',
        inputs: { in: inputOf(name) },
        outputs: { out: output },
        ...(['x', 'y'].includes(name) ? { may_miss: 2 } : {}),
      };
      return [name, definition];
    });
    this.path = join(this.folder, 'small.yaml');
    const file = {
      version: 1,
      name: 'small',
      vocabulary: join(shipped, 'vocab.txt'),
      statistics: join(shipped, 'statistics.snapshot'),
      model_repository: 'models',
      models: Object.fromEntries(models) as object,
      stages: [FIRST_STAGE, ['x', 'y']],
      ladder: LADDER,
    };
    writeFileSync(this.path, stringify(file));
  }

  /** The models for a fake Triton. */
  fakeModels(): FakeModel[] {
    return Object.entries(MODELS).map(([name, model]) => ({
      config: {
        name,
        maxBatchSize: 1_024,
        input: [{ name: 'in', dataType: `TYPE_${model.tensor}`, dims: [model.inputWidth] }],
        output: [{ name: 'out', dataType: 'TYPE_FP32', dims: [model.outputWidth] }],
        instanceGroup: [{ count: 2, kind: 'KIND_CPU' }],
        dynamicBatching: {
          defaultQueuePolicy: {
            timeoutAction: 'REJECT',
            defaultTimeoutMicroseconds: 60_000_000,
            allowTimeoutOverride: true,
            maxQueueSize: 256,
          },
        },
      },
      run: (inputs, { rowCount }) => {
        const { data } = inputs.get('in', model.tensor);
        return { out: answerAll(model, rowCount, data) };
      },
    }));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }

  private writeGolden(name: string): void {
    const { inputWidth, outputWidth, answer } = MODELS[name]!;
    const row = Array.from({ length: inputWidth }, (_, i) => (inputWidth > TOKENS ? (i + 1) / 32 : i + 1));
    const golden = {
      model: name,
      version: '1',
      inputs: { in: [row] },
      outputs: { out: [answer(row).slice(0, outputWidth)] },
      tolerance: 1e-5,
    };
    mkdirSync(join(this.folder, 'models', name, '1'), { recursive: true });
    writeFileSync(join(this.folder, 'models', name, '1/golden.json'), JSON.stringify(golden));
  }
}

function inputOf(name: string): object {
  if (name === 't') return { tokens: TOKENS };
  if (name === 'd') return { tower: 't' };
  return { features: FEATURES, ...(['x', 'y'].includes(name) ? { members: FIRST_STAGE } : {}) };
}

function answerAll(
  { inputWidth, answer }: SmallModel,
  rowCount: number,
  data: Float32Array | Int32Array,
): Float32Array {
  const rows = Array.from({ length: rowCount }, (_, row) =>
    answer([...data.subarray(row * inputWidth, (row + 1) * inputWidth)]),
  );
  return Float32Array.from(rows.flat());
}

/** Runs the models of a SmallPipeline in this process. */
export class SmallBackend implements Backend {
  readonly name = 'small';

  async load({ name, version }: ModelLocation, check: ModelCheck): Promise<ModelHandle> {
    const model = MODELS[name];
    if (model === undefined) throw new PairstreamError('INVALID_MODEL', `no model ${name}`);
    const { tensor: datatype, inputWidth, outputWidth } = model;
    const handle: ModelHandle = {
      metadata: {
        name,
        version,
        inputs: [{ name: 'in', datatype, shape: [-1, inputWidth] }],
        outputs: [{ name: 'out', datatype: 'FP32', shape: [-1, outputWidth] }],
        contentSha256: '0'.repeat(64),
        engine: this.name,
      },
      infer: (rowCount, inputs, outputs) => {
        outputs.get('out')!.data.set(answerAll(model, rowCount, inputs.get('in')!.data));
        return Promise.resolve();
      },
    };
    await check(handle);
    return handle;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
