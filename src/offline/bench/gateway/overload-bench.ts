import { CANDIDATES } from '../load/bench-load.js';
import { GeneratorProcess } from '../load/generator-process.js';
import type { LoadReply } from '../load/load-generator.js';
import { quantileOf, spreadOf } from '../measurement.js';
import type { Transport } from '../load/message-sender.js';
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

/** One open-loop run beside the closed loop of its round. */
interface Run {
  /** Answers in time per second, divided by the smaller of the offered and the best rate. */
  readonly goodput: number;
  /** Milliseconds from arrival to refusal. */
  readonly refusedAfterMs: readonly number[];
  /** Messages neither answered in time nor refused, as a share of all. */
  readonly lostShare: number;
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
  using generator = await GeneratorProcess.start(GENERATOR_CORE, server.port, partFile, rowCount);
  await bestRate(generator, 'unary', WARM_UP_MS);
  const rates = new Map<Transport, number[]>();
  const runs = new Map<string, Run[]>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const transport of TRANSPORTS) {
      for (const timeoutMs of TIMEOUTS_MS) {
        const best = await bestRate(generator, transport, RUN_MS);
        append(rates, transport, best);
        for (const load of LOADS) {
          const run = await openLoop(generator, transport, timeoutMs, load * best, best);
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
async function bestRate(generator: GeneratorProcess, transport: Transport, forMs: number): Promise<number> {
  const { outcomes, elapsedMs } = await generator.measure({
    kind: 'closed',
    transport,
    inFlight: IN_FLIGHT,
    forMs,
  });
  return (outcomes.filter(({ kind }) => kind === 'answered').length * 1_000) / elapsedMs;
}

async function openLoop(
  generator: GeneratorProcess,
  transport: Transport,
  timeoutMs: number,
  messagesPerS: number,
  best: number,
): Promise<Run> {
  const reply = await generator.measure({ kind: 'open', transport, messagesPerS, timeoutMs, forMs: RUN_MS });
  return runOf(reply, timeoutMs, best);
}

function runOf(
  { outcomes, sentCount, elapsedMs, cpuMs, longestLagMs }: LoadReply,
  timeoutMs: number,
  best: number,
): Run {
  const inTime = outcomes.filter(({ kind, afterMs }) => kind === 'answered' && afterMs <= timeoutMs).length;
  const refused = outcomes.filter(({ kind }) => kind === 'refused');
  const offered = (sentCount * 1_000) / elapsedMs;
  return {
    goodput: (inTime * 1_000) / elapsedMs / Math.min(offered, best),
    refusedAfterMs: refused.map(({ afterMs }) => afterMs),
    lostShare: (sentCount - inTime - refused.length) / sentCount,
    generatorLoad: cpuMs / elapsedMs,
    generatorLagMs: longestLagMs,
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
  const refusedAfterMs = runs.flatMap((run) => run.refusedAfterMs);
  const goodput: Figure = {
    name: `${name}: pairs answered in time, of the smaller of offered and best rate`,
    unit: '',
    value: median,
    p10,
    p90,
    target: name.includes(' 2 x') || name.includes(' 5 x') ? '>= 0.8' : '>= 0.9',
    note: `${(100 * lost).toFixed(1)} % of messages neither answered in time nor refused`,
  };
  if (refusedAfterMs.length === 0) return [goodput];
  const refusal: Figure = {
    name: `${name}: time to a refusal, p99`,
    unit: 'ms',
    value: quantileOf(refusedAfterMs, 0.99),
    note: `p50 ${quantileOf(refusedAfterMs, 0.5).toFixed(1)} ms, ${refusedAfterMs.length} refusals`,
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
    name: 'generator: highest load of its core',
    unit: '%',
    value: 100 * Math.max(...runs.map(({ generatorLoad }) => generatorLoad)),
    note: `a message left at most ${Math.max(...runs.map(({ generatorLagMs }) => generatorLagMs)).toFixed(0)} ms after its arrival time`,
  };
}
