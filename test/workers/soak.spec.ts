import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PairstreamClient, ServerError } from '@pairstream/client';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { sendEvents } from '../../src/offline/bench/feedback/event-source.js';
import { TokenSource } from '../../src/offline/bench/feedback/token-source.js';
import { startCommand } from '../support/processes/cli-process.js';
import { anonymousBytes, type MemorySample, slopeOf } from '../support/processes/memory-slope.js';
import { exampleRows } from '../support/requests/example-rows.js';
import { ThreadedGateway } from '../support/workers/threaded-gateway.js';

/** Minutes of load: 0.2, or the number in SOAK_MINUTES (`make chaos`). */
const MINUTES = Number(process.env['SOAK_MINUTES'] ?? 0.2);
/** From so many minutes on, memory is compared: before, caches and heaps still grow. */
const MEASURED_MINUTES = 5;
const DURATION_S = 60 * MINUTES;
const SAMPLES = 100;
const WARM_UP_SHARE = 0.3;
const WORKER_COUNT = 2;
const TOKENS = 1_000;
const EVENTS_PER_S = 400;
/** Pause after a refusal, milliseconds. */
const BUSY_MS = 1_000;
/** Of an event, the gateway remembers the pair for the attribution window, and its keys until they are evicted. */
const MOST_BYTES_PER_EVENT = 100;
const RUN_MS = 300_000 + 2_000 * DURATION_S;
const MIB = 1_048_576;

const messages = z.object({ messages: z.int() });
const resultSchema = z.object({
  steps: z.tuple([z.object({ inTime: messages, late: messages, lost: z.int(), doubled: z.int() })]),
});

const learningSchema = z.object({ appliedCount: z.int() });

/** Sends events of new pairs until the signal aborts. On a busy machine, the gateway refuses some requests: they are given up. */
async function learn(target: string, signal: AbortSignal): Promise<void> {
  const client = new PairstreamClient({ target, connections: WORKER_COUNT });
  onTestFinished(() => client.close());
  const source = new TokenSource(client, await exampleRows(2 * TOKENS));
  while (!signal.aborted)
    try {
      await sendEvents(client, await source.take(TOKENS), signal, EVENTS_PER_S);
    } catch (error) {
      if (!(error instanceof ServerError && error.reason === 'BUSY')) throw error;
      await sleep(BUSY_MS, undefined, { signal }).catch(() => undefined);
    }
}

/** Samples the memory of a process until the signal aborts: seconds and bytes. */
async function sampleMemory(pid: number, signal: AbortSignal): Promise<MemorySample[]> {
  const samples: MemorySample[] = [];
  const startedMs = performance.now();
  while (!signal.aborted) {
    samples.push([(performance.now() - startedMs) / 1_000, anonymousBytes(pid)]);
    await sleep((1_000 * DURATION_S) / SAMPLES, undefined, { signal }).catch(() => undefined);
  }
  return samples;
}

it(
  `serves and learns for ${MINUTES} minutes (SOAK_MINUTES) in the same memory`,
  { timeout: RUN_MS },
  async () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'pairstream-soak-'));
    onTestFinished(() => rmSync(stateDir, { recursive: true }));
    await using gateway = await ThreadedGateway.start(WORKER_COUNT, {
      PAIRSTREAM_STATE_DIR: stateDir,
      PAIRSTREAM_ONNX_THREADS: '1',
      PAIRSTREAM_SNAPSHOT_INTERVAL_S: '60',
      PAIRSTREAM_MAX_EVENT_LOG_MB: '256',
    });
    const options = {
      target: gateway.target,
      'in-flight': 8,
      pairs: '10:0.5,100:0.5',
      callers: 4,
      'duration-s': DURATION_S,
    };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const load = startCommand(['loadtest', '--json', ...args]);
    const over = new AbortController();
    const learning = learn(gateway.target, over.signal);
    const sampling = sampleMemory(gateway.command.process.pid!, over.signal);
    const { exitCode, stdout, stderr } = await load.finished;
    over.abort();
    await learning;
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    const samples = await sampling;
    const { slope, low, high } = slopeOf(samples.slice(WARM_UP_SHARE * samples.length));
    const [{ inTime, late, lost, doubled }] = resultSchema.parse(JSON.parse(stdout)).steps;
    const report = {
      minutes: MINUTES,
      answered: inTime.messages + late.messages,
      lost,
      doubled,
      learned: learningSchema.parse((await gateway.admin.get('/admin/v1/learning')).json).appliedCount,
      restarts: await gateway.metric('pairstream_worker_restarts_total'),
      memoryMiB: [samples[0]!, samples.at(-1)!].map(([, bytes]) => Math.round(bytes / MIB)),
      kibPerMinute: [slope, low, high].map((bytesPerS) => Math.round((60 * bytesPerS) / 1_024)),
    };
    console.log(JSON.stringify(report));
    expect(report).toMatchObject({ lost: 0, doubled: 0, restarts: 0 });
    expect(report.answered).toBeGreaterThan(0);
    expect(report.learned).toBeGreaterThan(0);
    expect(low).toBeLessThanOrEqual(
      MINUTES >= MEASURED_MINUTES ? EVENTS_PER_S * MOST_BYTES_PER_EVENT : Infinity,
    );
  },
);
