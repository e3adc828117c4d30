import { CANDIDATES } from '../load/bench-load.js';
import { GeneratorProcess } from '../load/generator-process.js';
import { generatorStep, type GeneratorTarget } from '../load/generator-step.js';
import type { Distribution, StepResult } from '../../../loadtest/result/step-result.js';
import type { Transport } from '../../../loadtest/transport/sender.js';
import { spreadOf } from '../measurement.js';
import type { Figure } from '../result.js';
import { ServerProcess } from '../load/server-process.js';

const TRANSPORTS: readonly Transport[] = ['unary', 'stream'];
const TIMEOUTS_MS = [100, 1_000] as const;
const LOADS = [0.5, 1, 2, 5] as const;
const ROUNDS = 3;
const RUN_MS = 4_000;
const WARM_UP_MS = 5_000;
/** Messages in flight of the closed loop that the best rate is measured with. */
const IN_FLIGHT = 16;
const GATEWAY_CORE = 0;
const GENERATOR_CORE = 1;
const BUSY = 'BUSY';

/** One open-loop run beside the closed loop of its round. */
interface Run {
  /** Answers in time per second, divided by the smaller of the offered and the best rate. */
  readonly goodput: number;
  /** Time from arrival to refusal; null without refusals. */
  readonly refusalMs: Distribution | null;
  /** Messages neither answered in time nor refused with BUSY, as a share of all. */
  readonly lostShare: number;
  /** Share of the time in which the generator was busy. */
  readonly generatorLoad: number;
  readonly generatorLagMs: number;
}

/**
 * Goodput under overload: open loop with Poisson arrivals at multiples of the best rate, by turns with a closed loop that measures
 * the best rate. The gateway runs the shipped pipeline on one core, the generator runs on another one.
 * @param partFile rows of the messages
 */
export async function benchOverload(partFile: string, rowCount: number): Promise<Figure[]> {
  await using server = await ServerProcess.start({ backend: 'onnx', core: GATEWAY_CORE });
  using generator = await GeneratorProcess.start(GENERATOR_CORE, partFile, rowCount);
  const target = `127.0.0.1:${server.port}`;
  await bestRate(generator, { target, transport: 'unary' }, WARM_UP_MS);
  const rates = new Map<Transport, number[]>();
  const runs = new Map<string, Run[]>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const transport of TRANSPORTS) {
      for (const timeoutMs of TIMEOUTS_MS) {
        const best = await bestRate(generator, { target, transport }, RUN_MS);
        append(rates, transport, best);
        for (const load of LOADS) {
          const run = await openLoop(generator, { target, transport, timeoutMs }, load * best, best);
          append(runs, nameOf(transport, timeoutMs, load), run);
        }
      }
    }
  }
  return [
    ...[...rates].map(([transport, samples]) => rateFigure(transport, samples)),
    ...[...runs].flatMap(([name, samples]) => goodputFigures(name, samples)),
    rungFigure(await server.pairsByRung()),
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

async function openLoop(
  generator: GeneratorProcess,
  gateway: GeneratorTarget,
  messagesPerS: number,
  best: number,
): Promise<Run> {
  const shape = { loop: 'open', arrivals: 'poisson', messagesPerS } as const;
  return runOf(await generator.measure(generatorStep(gateway, shape, RUN_MS)), best);
}

function runOf(
  { arrived, inTime, refused, offered, goodput, refusalMs, tool }: StepResult,
  best: number,
): Run {
  const busy = refused.find(({ reason }) => reason === BUSY)?.messages ?? 0;
  return {
    goodput: goodput.messagesPerS / Math.min(offered.messagesPerS, best),
    refusalMs,
    lostShare: (arrived.messages - inTime.messages - busy) / arrived.messages,
    generatorLoad: tool.eventLoopUtilization,
    generatorLagMs: tool.sendLagMs?.max ?? 0,
  };
}

function nameOf(transport: Transport, timeoutMs: number, load: number): string {
  return `${transport}, deadline ${timeoutMs} ms, ${load} x the best rate`;
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function rateFigure(transport: Transport, samples: readonly number[]): Figure {
  const { median, p10, p90 } = spreadOf(samples.map((messagesPerS) => messagesPerS * CANDIDATES));
  const note = `closed loop, ${IN_FLIGHT} messages of ${CANDIDATES} pairs in flight`;
  return { name: `${transport}, best rate`, unit: 'pairs/s', value: median, p10, p90, note };
}

function goodputFigures(name: string, runs: readonly Run[]): Figure[] {
  const { median, p10, p90 } = spreadOf(runs.map(({ goodput }) => goodput));
  const lost = spreadOf(runs.map(({ lostShare }) => lostShare)).median;
  const goodput: Figure = {
    name: `${name}: pairs answered in time, of the smaller of offered and best rate`,
    unit: '',
    value: median,
    p10,
    p90,
    target: name.includes(' 2 x') || name.includes(' 5 x') ? '>= 0.8' : '>= 0.9',
    note: `${(100 * lost).toFixed(1)} % of messages neither answered in time nor refused`,
  };
  const refusals = runs.flatMap(({ refusalMs }) => (refusalMs === null ? [] : [refusalMs]));
  if (refusals.length === 0) return [goodput];
  const refusal: Figure = {
    name: `${name}: time to a refusal, p99`,
    unit: 'ms',
    value: spreadOf(refusals.map(({ p99 }) => p99)).median,
    note: `p50 ${spreadOf(refusals.map(({ p50 }) => p50)).median.toFixed(1)} ms, ${refusals.reduce((sum, { count }) => sum + count, 0)} refusals`,
  };
  return [goodput, refusal];
}

function rungFigure(pairsByRung: Readonly<Record<string, number>>): Figure {
  const total = Object.values(pairsByRung).reduce((sum, count) => sum + count, 0);
  const others = Object.entries(pairsByRung).filter(([rung]) => rung !== 'full');
  return {
    name: 'answered by every model, of all pairs answered',
    unit: '%',
    value: (100 * (pairsByRung['full'] ?? 0)) / total,
    note: `others: ${others.map(([rung, count]) => `${rung} ${count}`).join(', ') || 'none'}, of ${total} pairs`,
  };
}

function generatorFigure(runs: readonly Run[]): Figure {
  return {
    name: 'generator: highest share of time in which it was busy',
    unit: '%',
    value: 100 * Math.max(...runs.map(({ generatorLoad }) => generatorLoad)),
    note: `a message left at most ${Math.max(...runs.map(({ generatorLagMs }) => generatorLagMs)).toFixed(0)} ms after its arrival time`,
  };
}
