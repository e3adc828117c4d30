import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from '../../../files/output-folder.js';
import type { PartRow } from '../../../pairs/part-row.js';
import { sendEvents } from '../feedback/event-source.js';
import { TokenSource } from '../feedback/token-source.js';
import { ServerProcess } from '../load/server-process.js';
import { quantileOf } from '../measurement.js';
import type { Figure } from '../result.js';
import { type MessageKind, messageKinds } from './block-messages.js';
import { readTurns, type Turn } from './block-records.js';
import { RawCallers } from './raw-callers.js';

const WORKERS = 2;
/** The kernel gives all connections to one of two workers once in 128 times. */
const CONNECTIONS = 8;
const WARM_UP_MS = 5_000;
const RUN_MS = 8_000;
/** Records of the last moment are not written yet. */
const FLUSH_MS = 1_000;
const MODEL_CHANGE_MS = 500;
const MODEL = 'nn1';
const TOKENS = 20_000;
const TARGET = '<= 20';

/** Time span of one kind of traffic, milliseconds since the epoch. */
interface Span {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly note: string;
}

/**
 * Longest blocks of the event loops of `serve --workers 2`, per kind of traffic and worker: in time, and in CPU time of the thread.
 * If the machine runs other programs, the time includes theirs, and the CPU time does not.
 * @param workFolder gets a state directory and records, which are removed
 */
export async function benchBlocks(workFolder: string, rows: readonly PartRow[]): Promise<Figure[]> {
  makeFolder(workFolder);
  const folder = mkdtempSync(join(workFolder, 'blocks-'));
  try {
    const records = join(folder, 'turns');
    const spans = await measureSpans(folder, records, rows);
    const workers = Array.from({ length: WORKERS }, (_, worker) => readTurns(`${records}-${worker}`));
    return spans.flatMap((span) => workers.flatMap((turns, worker) => figuresOf(span, worker, turns)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measureSpans(folder: string, records: string, rows: readonly PartRow[]): Promise<Span[]> {
  const stateDir = join(folder, 'state');
  await using server = await ServerProcess.start({
    backend: 'onnx',
    workers: WORKERS,
    stateDir,
    blockRecords: records,
  });
  const kinds = messageKinds(rows);
  const [legal] = kinds;
  await send(server, legal!, WARM_UP_MS);
  const spans = [await spanOf('no traffic', () => sleep(RUN_MS).then(() => ''))];
  for (const kind of kinds) spans.push(await spanOf(kind.name, () => send(server, kind, RUN_MS)));
  spans.push(await spanOf('100 pairs, a model is unloaded and loaded', () => changeModels(server, legal!)));
  spans.push(await spanOf('100 pairs, events are learned', () => learn(server, legal!, rows)));
  await sleep(FLUSH_MS);
  return spans;
}

async function spanOf(name: string, run: () => Promise<string>): Promise<Span> {
  const fromMs = Date.now();
  const note = await run();
  return { name, fromMs, toMs: Date.now(), note };
}

/** Sends for a time. @returns the counts as a note */
async function send(server: ServerProcess, kind: MessageKind, durationMs: number): Promise<string> {
  using callers = new RawCallers(`127.0.0.1:${server.port}`, CONNECTIONS);
  const { answered, refused } = await callers.send(kind, AbortSignal.timeout(durationMs));
  return `${answered} messages answered, ${refused} refused`;
}

async function changeModels(server: ServerProcess, legal: MessageKind): Promise<string> {
  const over = AbortSignal.timeout(RUN_MS);
  const sent = send(server, legal, RUN_MS);
  while (!over.aborted) {
    await server.changeModel(MODEL, 'unload');
    await sleep(MODEL_CHANGE_MS);
    await server.changeModel(MODEL, 'load');
    await sleep(MODEL_CHANGE_MS);
  }
  return await sent;
}

async function learn(server: ServerProcess, legal: MessageKind, rows: readonly PartRow[]): Promise<string> {
  const tokens = await new TokenSource(server.client, rows).take(TOKENS);
  const sent = send(server, legal, RUN_MS);
  const { acceptedPerS } = await sendEvents(server.client, tokens, AbortSignal.timeout(RUN_MS));
  return `${await sent}, ${Math.round(acceptedPerS)} events/s learned`;
}

function figuresOf({ name, fromMs, toMs, note }: Span, worker: number, turns: readonly Turn[]): Figure[] {
  const own = turns.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  const longest = own.reduce((a, b) => (b.blockMs > a.blockMs ? b : a));
  const busiest = own.reduce((a, b) => (b.cpuMs > a.cpuMs ? b : a));
  const blocks = own.map(({ blockMs }) => blockMs);
  return [
    {
      name: `${name}: longest block of worker ${worker}`,
      unit: 'ms',
      value: longest.blockMs,
      note: `of it CPU ${longest.cpuMs.toFixed(1)} ms; p99 of ${own.length} turns ${quantileOf(blocks, 0.99).toFixed(1)} ms; ${note}`,
    },
    {
      name: `${name}: most CPU time of a turn of worker ${worker}`,
      unit: 'ms',
      value: busiest.cpuMs,
      target: TARGET,
    },
  ];
}
