import { availableParallelism } from 'node:os';
import { CANDIDATES } from '../load/bench-load.js';
import { GeneratorProcess } from '../load/generator-process.js';
import { generatorStep } from '../load/generator-step.js';
import { ServerProcess } from '../load/server-process.js';
import { spreadOf } from '../measurement.js';
import type { Figure } from '../result.js';

const CONNECTIONS = [1, 2, 4, 20] as const;
const ROUNDS = 7;
const RUN_MS = 3_000;
const WARM_UP_MS = 5_000;
const IN_FLIGHT = 16;
const TARGET = '>= 1.8';

/** A gateway with its pairs per second, by number of connections. */
interface Measured {
  readonly workerCount: number;
  readonly server: ServerProcess;
  readonly pairsPerS: Map<number, number[]>;
  readonly cpuUsPerPair: Map<number, number[]>;
}

/**
 * A gateway with a worker thread for each core beside one that serves on one thread and one core, by turns: closed loop of 16 messages
 * of 100 pairs over 1, 2, 4 and 20 connections. The load generator runs on all cores, so that it takes its share of the gateway with
 * many workers alone: the figures beside the ratio tell both. The kernel chooses the worker of a connection, anew in each round: with
 * two connections, both have the same worker in half of the rounds.
 * @param partFile rows of the messages
 */
export async function benchWorkers(partFile: string, rowCount: number): Promise<Figure[]> {
  const cores = availableParallelism();
  await using alone = await ServerProcess.start({ backend: 'onnx', workers: 1, core: 0 });
  await using threaded = await ServerProcess.start({ backend: 'onnx', workers: cores });
  using generator = await GeneratorProcess.start(undefined, partFile, rowCount);
  const both = [measuredOf(1, alone), measuredOf(cores, threaded)];
  for (const measured of both) await closedLoop(generator, measured, Math.max(...CONNECTIONS), WARM_UP_MS);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const connections of CONNECTIONS)
      for (const measured of both) await measure(generator, measured, connections);
  const [one, many] = both;
  return [
    ...both.flatMap(figuresOf),
    ...CONNECTIONS.map((connections) => ratioFigure(one!, many!, connections)),
  ];
}

function measuredOf(workerCount: number, server: ServerProcess): Measured {
  const lists = (): Map<number, number[]> => new Map(CONNECTIONS.map((connections) => [connections, []]));
  return { workerCount, server, pairsPerS: lists(), cpuUsPerPair: lists() };
}

async function measure(generator: GeneratorProcess, measured: Measured, connections: number): Promise<void> {
  const { server, pairsPerS, cpuUsPerPair } = measured;
  const before = await server.cpuUs();
  const { pairCount, elapsedS } = await closedLoop(generator, measured, connections, RUN_MS);
  pairsPerS.get(connections)?.push(pairCount / elapsedS);
  cpuUsPerPair.get(connections)?.push(((await server.cpuUs()) - before) / pairCount);
}

/** @throws Error if a message failed */
async function closedLoop(
  generator: GeneratorProcess,
  { server }: Measured,
  connections: number,
  durationMs: number,
): Promise<{ pairCount: number; elapsedS: number }> {
  const target = { target: `127.0.0.1:${server.port}`, transport: 'unary' } as const;
  const step = generatorStep(target, { loop: 'closed', inFlight: IN_FLIGHT }, durationMs);
  const shares = Array.from({ length: connections }, () => 1 / connections);
  const { arrived, inTime, elapsedS } = await generator.measure({ ...step, shares });
  const failed = arrived.messages - inTime.messages;
  if (failed > 0) throw new Error(`${failed} of ${arrived.messages} messages were not answered`);
  return { pairCount: inTime.messages * CANDIDATES, elapsedS };
}

function figuresOf({ workerCount, pairsPerS, cpuUsPerPair }: Measured): Figure[] {
  return CONNECTIONS.flatMap((connections) => {
    const name = `workers: ${workerCount}, connections: ${connections}`;
    return [
      spreadFigure(`${name}: throughput`, 'pairs/s', pairsPerS.get(connections) ?? []),
      spreadFigure(`${name}: CPU of the gateway`, 'us/pair', cpuUsPerPair.get(connections) ?? []),
    ];
  });
}

function ratioFigure(one: Measured, many: Measured, connections: number): Figure {
  const before = one.pairsPerS.get(connections) ?? [];
  const ratios = (many.pairsPerS.get(connections) ?? []).map((value, round) => value / before[round]!);
  return {
    ...spreadFigure(`workers: ${many.workerCount} / 1, connections: ${connections}: throughput`, '', ratios),
    ...(connections === 1 ? {} : { target: TARGET }),
    note: `one worker on one core; ${ROUNDS} rounds by turns, ${IN_FLIGHT} messages of ${CANDIDATES} pairs in flight`,
  };
}

function spreadFigure(name: string, unit: string, samples: readonly number[]): Figure {
  const { median: value, p10, p90 } = spreadOf(samples);
  return { name, unit, value, p10, p90 };
}
