import type { StepResult } from '../../../loadtest/result/step-result.js';
import type { Transport } from '../../../loadtest/transport/sender.js';
import { CANDIDATES } from '../load/bench-load.js';
import { GeneratorProcess } from '../load/generator-process.js';
import { generatorStep, type GeneratorTarget } from '../load/generator-step.js';
import { ServerProcess } from '../load/server-process.js';
import { spreadOf } from '../measurement.js';
import type { Figure } from '../result.js';

const TRANSPORTS: readonly Transport[] = ['unary', 'stream'];
/** Load beside the small caller: none, a flood of another caller, and a flood of the same caller. */
const CASES = ['alone', 'beside a flood of another caller', 'beside a flood of the same caller'] as const;
const ROUNDS = 3;
const RUN_MS = 10_000;
/** Time for which the flood lasts before and after the messages of the small caller. */
const MARGIN_MS = 1_000;
const BEST_RATE_MS = 4_000;
const WARM_UP_MS = 5_000;
const IN_FLIGHT = 16;
/** Rate of the flood, as a multiple of the best rate. */
const FLOOD = 5;
const FLOOD_TIMEOUT_MS = 1_000;
const SMALL = { pairCount: 10, messagesPerS: 10, timeoutMs: 500 } as const;
const GATEWAY_CORE = 0;
const GENERATOR_CORE = 1;
const CALLER_HEADER = 'x-caller';

type Case = (typeof CASES)[number];

/** One run of the small caller, with the flood beside it. */
interface Run {
  readonly small: StepResult;
  readonly flood: StepResult | undefined;
  /** Best rate of the flood's caller alone, messages per second. */
  readonly best: number;
}

interface Generators {
  readonly small: GeneratorProcess;
  readonly flood: GeneratorProcess;
}

/**
 * Latency of a small caller beside a flood: 10 messages of 10 pairs a second with a deadline of 500 ms, by turns alone, beside an open loop
 * of five times the best rate by another caller, and beside the same flood by the same caller. The gateway runs the shipped pipeline on
 * one core, the generators run on another one.
 * @param partFile rows of the messages
 */
export async function benchFairness(partFile: string, rowCount: number): Promise<Figure[]> {
  await using server = await ServerProcess.start({
    backend: 'onnx',
    core: GATEWAY_CORE,
    callerHeader: CALLER_HEADER,
  });
  using flood = await GeneratorProcess.start(GENERATOR_CORE, partFile, rowCount);
  using small = await GeneratorProcess.start(GENERATOR_CORE, partFile, rowCount, SMALL.pairCount);
  const generators = { small, flood };
  const target = `127.0.0.1:${server.port}`;
  await bestRate(flood, { target, transport: 'unary' }, WARM_UP_MS);
  const runs = new Map<string, Run[]>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const transport of TRANSPORTS) {
      const best = await bestRate(flood, { target, transport }, BEST_RATE_MS);
      for (const name of CASES) {
        const run = await measure(generators, { target, transport }, name, best);
        append(runs, `${transport}, ${name}`, run);
      }
    }
  }
  return [
    ...[...runs].flatMap(([name, samples]) => figuresOf(name, samples)),
    ...TRANSPORTS.flatMap((transport) => ratioFigures(transport, runs)),
    generatorFigure([...runs.values()].flat()),
  ];
}

/** Messages per second of a closed loop. */
async function bestRate(
  generator: GeneratorProcess,
  gateway: GeneratorTarget,
  durationMs: number,
): Promise<number> {
  const shape = { loop: 'closed', inFlight: IN_FLIGHT } as const;
  const { goodput } = await generator.measure(generatorStep(gateway, shape, durationMs));
  return goodput.messagesPerS;
}

async function measure(
  { small, flood }: Generators,
  gateway: GeneratorTarget,
  name: Case,
  best: number,
): Promise<Run> {
  const { timeoutMs, messagesPerS } = SMALL;
  const shape = { loop: 'open', arrivals: 'constant', messagesPerS } as const;
  const measured = {
    ...generatorStep(headed(gateway, 'small', timeoutMs), shape, RUN_MS),
    warmUpMs: MARGIN_MS,
  };
  const [result, flooded] = await Promise.all([
    small.measure(measured),
    name === 'alone' ? undefined : runFlood(flood, gateway, name, best),
  ]);
  return { small: result, flood: flooded, best };
}

async function runFlood(
  flood: GeneratorProcess,
  gateway: GeneratorTarget,
  name: Case,
  best: number,
): Promise<StepResult> {
  const caller = name === 'beside a flood of the same caller' ? 'small' : 'flood';
  const shape = { loop: 'open', arrivals: 'poisson', messagesPerS: FLOOD * best } as const;
  return await flood.measure(
    generatorStep(headed(gateway, caller, FLOOD_TIMEOUT_MS), shape, RUN_MS + 2 * MARGIN_MS),
  );
}

function headed(gateway: GeneratorTarget, caller: string, timeoutMs: number): GeneratorTarget {
  return { ...gateway, timeoutMs, headers: { [CALLER_HEADER]: caller } };
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function figuresOf(name: string, runs: readonly Run[]): Figure[] {
  const shares = runs.map(({ small }) => (100 * small.inTime.messages) / small.arrived.messages);
  const refused = runs.reduce(
    (sum, { small }) => sum + small.refused.reduce((n, each) => n + each.messages, 0),
    0,
  );
  const isOther = name.endsWith('another caller');
  const latencies = runs.flatMap(({ small: { latencyMs } }) => (latencyMs === null ? [] : [latencyMs]));
  const inTime: Figure = {
    name: `small caller, ${name}: messages answered in ${SMALL.timeoutMs} ms`,
    unit: '%',
    value: spreadOf(shares).median,
    p10: Math.min(...shares),
    p90: Math.max(...shares),
    ...(isOther ? { target: '100' } : {}),
    note: `${refused} refused; lowest and highest of ${runs.length} runs`,
  };
  if (latencies.length === 0) return [inTime, ...floodFigures(name, runs)];
  const p99 = spreadOf(latencies.map((times) => times.p99));
  const p50 = spreadOf(latencies.map((times) => times.p50));
  const latency: Figure = {
    name: `small caller, ${name}: time to an answer, p99`,
    unit: 'ms',
    value: p99.median,
    p10: p99.p10,
    p90: p99.p90,
    note: `p50 ${p50.median.toFixed(1)} ms`,
  };
  return [inTime, latency, ...floodFigures(name, runs)];
}

function floodFigures(name: string, runs: readonly Run[]): Figure[] {
  const floods = runs.flatMap(({ flood, best }) => (flood === undefined ? [] : [{ flood, best }]));
  if (floods.length === 0) return [];
  const goodput = spreadOf(floods.map(({ flood, best }) => flood.goodput.messagesPerS / best));
  const refusals = floods.flatMap(({ flood: { refusalMs } }) => (refusalMs === null ? [] : [refusalMs]));
  const work: Figure = {
    name: `${name}: pairs of the flood answered in time, of its best rate alone`,
    unit: '',
    value: goodput.median,
    p10: goodput.p10,
    p90: goodput.p90,
    note: `${FLOOD} x the best rate offered, messages of ${CANDIDATES} pairs`,
  };
  if (refusals.length === 0) return [work];
  const refusal: Figure = {
    name: `${name}: time to a refusal of the flood, p99`,
    unit: 'ms',
    value: spreadOf(refusals.map(({ p99 }) => p99)).median,
    target: '< 5',
    note: `p50 ${spreadOf(refusals.map(({ p50 }) => p50)).median.toFixed(1)} ms, ${refusals.reduce((sum, { count }) => sum + count, 0)} refusals`,
  };
  return [work, refusal];
}

/** Without a figure if no round has answers of both cases. */
function ratioFigures(transport: Transport, runs: ReadonlyMap<string, readonly Run[]>): Figure[] {
  const p99s = (name: Case): (number | undefined)[] =>
    (runs.get(`${transport}, ${name}`) ?? []).map(({ small }) => small.latencyMs?.p99);
  const alone = p99s('alone');
  const ratios = p99s('beside a flood of another caller').flatMap((p99, round) => {
    const p99Alone = alone[round];
    return p99 === undefined || p99Alone === undefined ? [] : [p99 / p99Alone];
  });
  if (ratios.length === 0) return [];
  const { median, p10, p90 } = spreadOf(ratios);
  const name = `small caller, ${transport}: p99 beside a flood of another caller, of its p99 alone`;
  return [{ name, unit: 'x', value: median, p10, p90, target: '<= 2' }];
}

function generatorFigure(runs: readonly Run[]): Figure {
  const loads = runs.map(
    ({ small, flood }) => small.tool.eventLoopUtilization + (flood?.tool.eventLoopUtilization ?? 0),
  );
  const lags = runs.map(({ small }) => small.tool.sendLagMs?.max ?? 0);
  return {
    name: 'generators: highest share of time in which both together were busy',
    unit: '%',
    value: 100 * Math.max(...loads),
    note: `a message of the small caller left at most ${Math.max(...lags).toFixed(0)} ms after its arrival time`,
  };
}
