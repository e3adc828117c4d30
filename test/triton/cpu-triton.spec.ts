import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exampleRows } from '../support/requests/example-rows.js';
import { expectSameAnswers, liveColumns } from '../support/requests/live-columns.js';
import { ROOT, SHIPPED_PIPELINE, startTestGateway } from '../support/gateway/test-gateway.js';
import { startTritonGateway } from '../support/gateway/triton-gateway.js';
import { prepareTriton } from '../support/triton/triton.js';
import type { TritonRunner, TritonServer } from '../support/triton/triton-server.js';
import { PREPARE_MS } from '../support/triton/triton-server.js';
import { floats, matrix, TritonHttp, type WireTensor } from './triton-http.js';

const REPOSITORY = join(ROOT, 'triton-models');
/** What every Triton without a GPU says: the second when a model is warmed up. */
const NO_GPU = ['CudaDriverHelper has not been initialized', 'no pinned memory pool, falling back'];
const GATEWAY_ROWS = 4_000;
const MEMBER_TOLERANCE = 1e-5;
const LONG_MS = 120_000;
const SINGLE_ROW_CALLS = 48;
/** Keeps a model busy while single rows queue up behind it. */
const LARGE_BATCH_ROWS = 16_384;

/** What a model's golden.json holds. */
interface Golden {
  readonly inputs: Readonly<Record<string, (number | null)[][]>>;
  readonly outputs: Readonly<Record<string, number[][]>>;
  readonly tolerance: number;
}

const INTEGER_INPUTS = new Set(['tokens', 'user_index', 'indexes']);

function golden(model: string): Golden {
  return JSON.parse(readFileSync(join(REPOSITORY, model, '1/golden.json'), 'utf8')) as Golden;
}

function tensorsOf(inputs: Golden['inputs']): Record<string, WireTensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, rows]) => [
      name,
      matrix(INTEGER_INPUTS.has(name) ? 'INT32' : 'FP32', rows),
    ]),
  );
}

function largestDifference(seen: readonly number[], expected: readonly number[]): number {
  expect(seen).toHaveLength(expected.length);
  return seen.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
}

describe('triton-models/ in a Triton on a CPU', () => {
  let triton: TritonRunner;
  let server: TritonServer;
  let http: TritonHttp;

  beforeAll(async () => {
    triton = await prepareTriton();
    if (triton.isOptionalAndMissing) return;
    server = await triton.start({ repositories: [REPOSITORY] });
    http = new TritonHttp(server.httpPort, server.metricsPort);
  }, PREPARE_MS);
  afterAll(() => server?.stop());
  beforeEach((context) => {
    if (triton.isOptionalAndMissing) context.skip(triton.reason);
  });

  it('loads without a warning', async () => {
    const lines = (await server.logs()).split('\n');
    const warnings = lines.filter(
      (line) => /^[WEF]\d{4} |warn/i.test(line) && !NO_GPU.some((known) => line.includes(known)),
    );
    expect(warnings).toEqual([]);
    const loaded = lines
      .map((line) => /successfully loaded '(\w+)'/.exec(line)?.[1])
      .filter((name) => name !== undefined);
    expect(loaded.toSorted()).toEqual(readdirSync(join(ROOT, 'triton-models')).toSorted());
  });

  it('serves xgb1 from its XGBoost file, and says so in one line of each instance', async () => {
    const lines = (await server.logs())
      .split('\n')
      .filter((line) => /model xgb1: .*1\/checkpoint\.tl/.test(line));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      /^I\d{4} .*model xgb1: serves 1\/xgboost\.ubj by XGBoost .* \(features: 70, outputs: 12, /,
    );
  });

  it.for(readdirSync(join(ROOT, 'triton-models')))('answers the golden rows of %s', async (model) => {
    const { inputs, outputs, tolerance } = golden(model);
    const answer = await http.infer(model, tensorsOf(inputs));
    const [[name, rows]] = Object.entries(outputs) as [[string, number[][]]];
    expect(answer[name]!.shape).toEqual([rows.length, rows[0]!.length]);
    expect(largestDifference(floats(answer[name]), rows.flat())).toBeLessThan(tolerance);
  });

  it(
    'gives a gateway of the whole ensemble the answers of the embedded one',
    { timeout: LONG_MS },
    async () => {
      const rows = await exampleRows(GATEWAY_ROWS);
      await using embedded = await startTestGateway();
      await using served = await startTritonGateway([server.grpcTarget], {
        pipeline: SHIPPED_PIPELINE,
      });
      await served.gateway.served;
      const [seen, expected] = [
        await liveColumns(served.client, rows),
        await liveColumns(embedded.client, rows),
      ];
      expect([...seen.keys()]).toEqual([...expected.keys()]);
      expectSameAnswers(seen, expected, MEMBER_TOLERANCE);
    },
  );

  it('runs requests that wait together, and gives each its own rows', async () => {
    const { inputs, outputs, tolerance } = golden('xgb1');
    const rows = inputs['input__0']!;
    const expected = outputs['output__0']!;
    const runsBefore = await http.metric('nv_inference_exec_count', 'xgb1');
    const rowsBefore = await http.metric('nv_inference_count', 'xgb1');
    const large = Array.from({ length: LARGE_BATCH_ROWS }, (_, i) => rows[i % rows.length]!);
    const busy = http.infer('xgb1', { input__0: matrix('FP32', large) });
    const answers = await Promise.all(
      Array.from({ length: SINGLE_ROW_CALLS }, (_, i) =>
        http.infer('xgb1', { input__0: matrix('FP32', [rows[i]!]) }),
      ),
    );
    answers.forEach((answer, i) => {
      expect(largestDifference(floats(answer['output__0']), expected[i]!)).toBeLessThan(tolerance);
    });
    const largeAnswer = floats((await busy)['output__0']);
    expect(
      largestDifference(largeAnswer.slice(-12), expected[(LARGE_BATCH_ROWS - 1) % rows.length]!),
    ).toBeLessThan(tolerance);
    const runs = (await http.metric('nv_inference_exec_count', 'xgb1')) - runsBefore;
    const rowsRun = (await http.metric('nv_inference_count', 'xgb1')) - rowsBefore;
    expect(rowsRun).toBe(LARGE_BATCH_ROWS + SINGLE_ROW_CALLS);
    expect(runs).toBeLessThan(1 + SINGLE_ROW_CALLS);
  });
});
