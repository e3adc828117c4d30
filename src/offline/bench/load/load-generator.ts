// Generator of load in a process of its own: forked by the overload benchmark, on a core of its own.
import { setTimeout as sleep } from 'node:timers/promises';
import type { BytesChannel } from '@pairstream/client/wire';
import { encodeRequest } from '@pairstream/client/wire';
import { readPartFile } from '../../../pairs/part-file-reader.js';
import type { PartRow } from '../../../pairs/part-row.js';
import { oneReaderRequests } from './bench-load.js';
import {
  connect,
  type Outcome,
  type Sender,
  StreamSender,
  type Transport,
  UnarySender,
} from './message-sender.js';

/** Request of the parent process. */
export type LoadRequest =
  | {
      readonly kind: 'closed';
      readonly transport: Transport;
      readonly inFlight: number;
      readonly forMs: number;
    }
  | {
      readonly kind: 'open';
      readonly transport: Transport;
      readonly messagesPerS: number;
      readonly timeoutMs: number;
      readonly forMs: number;
    };
/** Report of the generator process. */
export interface LoadReply {
  /** Messages that were sent. */
  readonly sentCount: number;
  readonly outcomes: readonly Outcome[];
  readonly elapsedMs: number;
  /** Processor time of the generator, milliseconds. */
  readonly cpuMs: number;
  /** Largest time between the scheduled arrival of a message and its sending, milliseconds. */
  readonly longestLagMs: number;
}

/** Maximum time that answers may arrive after the last deadline, milliseconds. */
const GRACE_MS = 500;
const CLOSED_TIMEOUT_MS = 60_000;

const [, , port, partFile, rowCount] = process.argv;
const requests = oneReaderRequests(await readRows(partFile!, Number(rowCount)));

async function readRows(path: string, count: number): Promise<PartRow[]> {
  const rows: PartRow[] = [];
  for await (const block of readPartFile(path)) {
    rows.push(...block);
    if (rows.length >= count) break;
  }
  return rows.slice(0, count);
}

function senderOf(channel: BytesChannel, transport: Transport, timeoutMs: number): Sender {
  const messages = requests.map((request) => encodeRequest({ ...request, timeoutMs }, 0));
  return transport === 'unary'
    ? new UnarySender(channel, messages, timeoutMs)
    : new StreamSender(channel, messages);
}

/** Sends at Poisson arrival times. */
async function openLoop(request: LoadRequest & { kind: 'open' }, channel: BytesChannel): Promise<LoadReply> {
  const { transport, messagesPerS, timeoutMs, forMs } = request;
  const sender = senderOf(channel, transport, timeoutMs);
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  let longestLagMs = 0;
  let sentCount = 0;
  for (let dueMs = startedMs; dueMs < startedMs + forMs; dueMs += gapMs(messagesPerS)) {
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    longestLagMs = Math.max(longestLagMs, performance.now() - dueMs);
    sender.send(sentCount, dueMs);
    sentCount += 1;
  }
  const elapsedMs = performance.now() - startedMs;
  const outcomes = await sender.finish(timeoutMs + GRACE_MS);
  const { user, system } = process.cpuUsage(cpu);
  return { sentCount, outcomes, elapsedMs, cpuMs: (user + system) / 1_000, longestLagMs };
}

/** Time to the next arrival. */
function gapMs(messagesPerS: number): number {
  return (-Math.log(1 - Math.random()) * 1_000) / messagesPerS;
}

/** Keeps `inFlight` messages unanswered. */
async function closedLoop(
  { transport, inFlight, forMs }: LoadRequest & { kind: 'closed' },
  channel: BytesChannel,
): Promise<LoadReply> {
  const sender = senderOf(channel, transport, CLOSED_TIMEOUT_MS);
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  let sentCount = 0;
  const send = (): void => {
    sender.send(sentCount, performance.now());
    sentCount += 1;
  };
  sender.onOutcome = () => {
    if (performance.now() < startedMs + forMs) send();
  };
  for (let i = 0; i < inFlight; i += 1) send();
  await sleep(forMs);
  const outcomes = await sender.finish(CLOSED_TIMEOUT_MS);
  const elapsedMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  return { sentCount, outcomes, elapsedMs, cpuMs: (user + system) / 1_000, longestLagMs: 0 };
}

async function measure(request: LoadRequest): Promise<LoadReply> {
  const channel = connect(Number(port));
  await channel.waitForReady(CLOSED_TIMEOUT_MS);
  try {
    return await (request.kind === 'open' ? openLoop(request, channel) : closedLoop(request, channel));
  } finally {
    channel.close();
  }
}

process.on('message', (request: LoadRequest) => {
  void measure(request).then((reply) => process.send?.(reply));
});
// A benchmark that is interrupted leaves no generator behind.
process.on('disconnect', () => process.exit());
process.send?.('ready');
