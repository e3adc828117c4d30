import { join } from 'node:path';
import { makeFolder } from '../../../files/output-folder.js';
import type { Distribution } from '../../../loadtest/result/step-result.js';
import { PartFileWriter } from '../../../pairs/part-file-writer.js';
import type { PartRow } from '../../../pairs/part-row.js';
import { CANDIDATES, oneReaderRequests, withOwnTweets } from '../load/bench-load.js';
import { GeneratorProcess } from '../load/generator-process.js';
import { generatorStep } from '../load/generator-step.js';
import { ServerProcess } from '../load/server-process.js';
import { spreadOf } from '../measurement.js';
import type { Figure } from '../result.js';
import { answerDifference } from './answer-difference.js';
import { preparePythonGateway, PythonGateway } from './python-gateway.js';

const ROUNDS = 7;
const RUN_MS = 4_000;
const ALONE_MS = 1_500;
const WARM_UP_MS = 4_000;
const IN_FLIGHT = 16;
const GATEWAY_CORE = 0;
const GENERATOR_CORE = 1;
const COMPARED_MESSAGES = 20;
const LARGEST_DIFFERENCE = 1e-5;
const RATE_TARGET = 4;
const CPU_TARGET = 0.1;
const PERCENTILES = ['p50', 'p99'] as const;

/** A gateway under load, with the samples of its rounds. */
interface Measured {
  readonly name: string;
  readonly generator: GeneratorProcess;
  /** Port of the gateway on this machine. */
  readonly port: number;
  readonly cpuUs: () => number | Promise<number>;
  readonly pairsPerS: number[];
  readonly cpuUsPerPair: number[];
  /** Of all messages of the closed loop, per round. */
  readonly latencyMs: Distribution[];
  /** Of messages that are sent one after another, per round. */
  readonly aloneMs: Distribution[];
}

/**
 * The gateway and bench/peers/python-gateway, by turns: same messages, same models, same statistics, one core each, the load
 * generator on another core. No tweet occurs twice before all have occurred, and the gateway runs without its cache of towers, so
 * that both compute every tweet.
 * @param root of the repository
 * @param rows of the messages
 * @returns undefined, with a word on stderr, on a machine without Python 3.11 or newer
 * @throws Error if the answers of the two differ by more than 1e-5
 */
export async function benchPythonGateway(
  root: string,
  pipeline: string,
  rows: readonly PartRow[],
  work: string,
): Promise<Figure[] | undefined> {
  makeFolder(work);
  const environment = preparePythonGateway(root, work);
  if (environment === undefined) {
    console.error('SKIPPED python-gateway: it needs Python 3.11 or newer');
    return undefined;
  }
  const ownTweets = withOwnTweets(rows);
  const partFile = join(work, 'own-tweets.tsv');
  const writer = await PartFileWriter.open(partFile);
  await writer.write(ownTweets);
  await writer.close();
  await using server = await ServerProcess.start({ backend: 'onnx', towerCacheMb: 0, core: GATEWAY_CORE });
  await using merging = await PythonGateway.start(environment, { pipeline, core: GATEWAY_CORE });
  await using single = await PythonGateway.start(environment, {
    pipeline,
    core: GATEWAY_CORE,
    largestBatch: 1,
  });
  const requests = oneReaderRequests(ownTweets).slice(0, COMPARED_MESSAGES);
  const difference = await answerDifference(server.client, merging.client, requests);
  if (!(difference <= LARGEST_DIFFERENCE))
    throw new Error(`answers differ by ${difference}, expected at most ${LARGEST_DIFFERENCE}`);
  using generator = await GeneratorProcess.start(GENERATOR_CORE, partFile, ownTweets.length);
  const of = (name: string, gateway: Pick<Measured, 'port' | 'cpuUs'>): Measured => ({
    name,
    generator,
    port: gateway.port,
    cpuUs: () => gateway.cpuUs(),
    pairsPerS: [],
    cpuUsPerPair: [],
    latencyMs: [],
    aloneMs: [],
  });
  const ours = of('Pairstream', server);
  const merged = of('Python, messages that wait merged up to 1,024 pairs', merging);
  const alone = of('Python, each message alone', single);
  const all = [ours, merged, alone];
  for (const each of all) await closedLoop(each, IN_FLIGHT, WARM_UP_MS);
  for (let round = 0; round < ROUNDS; round += 1) for (const each of all) await measureRound(each);
  const note = `largest difference of a probability in ${COMPARED_MESSAGES} messages: ${difference.toExponential(1)}`;
  return [
    ...all.flatMap(figuresOf),
    ratioFigure('pairs/s', ours.pairsPerS, merged, merged.pairsPerS, `>= ${RATE_TARGET}`, note),
    ratioFigure('CPU per pair', ours.cpuUsPerPair, merged, merged.cpuUsPerPair, `<= ${CPU_TARGET}`, note),
    ratioFigure('pairs/s', ours.pairsPerS, alone, alone.pairsPerS),
    ratioFigure('CPU per pair', ours.cpuUsPerPair, alone, alone.cpuUsPerPair),
  ];
}

async function measureRound(measured: Measured): Promise<void> {
  const { cpuUs, pairsPerS, cpuUsPerPair, latencyMs, aloneMs } = measured;
  const before = await cpuUs();
  const { pairCount, elapsedS, latency } = await closedLoop(measured, IN_FLIGHT, RUN_MS);
  cpuUsPerPair.push(((await cpuUs()) - before) / pairCount);
  pairsPerS.push(pairCount / elapsedS);
  latencyMs.push(latency);
  aloneMs.push((await closedLoop(measured, 1, ALONE_MS)).latency);
}

/** Keeps messages in flight for a time. @returns the time with the last answers @throws Error if a message failed */
async function closedLoop(
  { generator, port }: Pick<Measured, 'generator' | 'port'>,
  inFlight: number,
  durationMs: number,
): Promise<{ pairCount: number; elapsedS: number; latency: Distribution }> {
  const step = generatorStep(
    { target: `127.0.0.1:${port}`, transport: 'unary' },
    { loop: 'closed', inFlight },
    durationMs,
  );
  const { arrived, inTime, elapsedS, latencyMs } = await generator.measure(step);
  const failed = arrived.messages - inTime.messages;
  if (failed > 0 || latencyMs === null)
    throw new Error(`${failed} of ${arrived.messages} messages were not answered`);
  return { pairCount: inTime.messages * CANDIDATES, elapsedS, latency: latencyMs };
}

function figuresOf({ name, pairsPerS, cpuUsPerPair, latencyMs, aloneMs }: Measured): Figure[] {
  const note = `${IN_FLIGHT} messages of ${CANDIDATES} pairs in flight, every tweet new, one core`;
  const latency = (rounds: readonly Distribution[], at: 'p50' | 'p99', load: string): Figure =>
    spreadFigure(
      `${name}: ${at}, ${load}`,
      'ms',
      rounds.map((round) => round[at]),
    );
  return [
    { ...spreadFigure(`${name}: throughput`, 'pairs/s', pairsPerS), note },
    { ...spreadFigure(`${name}: CPU`, 'us/pair', cpuUsPerPair), note: 'whole process' },
    ...PERCENTILES.map((at) => latency(latencyMs, at, `${IN_FLIGHT} messages in flight`)),
    ...PERCENTILES.map((at) => latency(aloneMs, at, 'one message after another')),
  ];
}

function ratioFigure(
  what: string,
  ours: readonly number[],
  { name }: Measured,
  theirs: readonly number[],
  target?: string,
  note?: string,
): Figure {
  const ratios = ours.map((value, round) => value / theirs[round]!);
  return {
    ...spreadFigure(`Pairstream / ${name}: ${what}`, '', ratios),
    ...(target === undefined ? {} : { target }),
    note: note ?? `median of ${ROUNDS} rounds by turns`,
  };
}

function spreadFigure(name: string, unit: string, samples: readonly number[]): Figure {
  const { median: value, p10, p90 } = spreadOf(samples);
  return { name, unit, value, p10, p90 };
}
