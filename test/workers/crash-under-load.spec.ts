import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PairstreamClient } from '@pairstream/client';
import { startCommand } from '../support/processes/cli-process.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { ThreadedGateway } from '../support/workers/threaded-gateway.js';

/** Crashes: 2, or the number in CRASH_ROUNDS (`make chaos`). */
const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 2);
const WORKER_COUNT = 2;
const CALLER_COUNT = 8;
const RATE = 20;
const TIMEOUT_MS = 5_000;
/** Load between two crashes, milliseconds. */
const BETWEEN_MS = 1_000;
const RUN_MS = 240_000 + ROUNDS * 30_000;
const PATIENCE = { timeout: RUN_MS, interval: 50 };

const messages = z.object({ messages: z.int() });
const resultSchema = z.object({
  steps: z.tuple([
    z.object({
      arrived: messages,
      inTime: messages,
      late: messages,
      lost: z.int(),
      unsent: z.int(),
      doubled: z.int(),
      refused: z.array(z.object({ status: z.string(), messages: z.int() })),
      rungs: z.array(z.object({ isDegraded: z.boolean(), messages: z.int() })),
    }),
  ]),
});

describe(`worker threads that crash ${ROUNDS} times under load (CRASH_ROUNDS)`, () => {
  it('lose the calls of their own connections alone', { timeout: RUN_MS }, async () => {
    await using gateway = await ThreadedGateway.start(WORKER_COUNT);
    const options = {
      target: gateway.target,
      rate: RATE,
      pairs: 20,
      callers: CALLER_COUNT,
      'timeout-ms': TIMEOUT_MS,
      'duration-s': 10 * ROUNDS,
    };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const load = startCommand(['loadtest', '--json', ...args]);
    const answered = (): Promise<number> => gateway.metric('pairstream_pairs_total');
    await expect.poll(answered, PATIENCE).toBeGreaterThan(0);
    for (let round = 0; round < ROUNDS; round += 1) {
      gateway.crash(round % WORKER_COUNT);
      await expect.poll(() => gateway.metric('pairstream_worker_restarts_total'), PATIENCE).toBe(round + 1);
      await sleep(BETWEEN_MS);
    }
    const { exitCode, stdout, stderr } = await load.finished;
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    const [step] = resultSchema.parse(JSON.parse(stdout)).steps;
    const sum = (counts: readonly { readonly messages: number }[]): number =>
      counts.reduce((total, count) => total + count.messages, 0);
    const report = {
      sent: step.arrived.messages - step.unsent,
      answered: step.inTime.messages + step.late.messages,
      degraded: sum(step.rungs.filter(({ isDegraded }) => isDegraded)),
      refused: sum(step.refused),
      lost: step.lost,
      doubled: step.doubled,
    };
    console.log(JSON.stringify(report));
    expect(report.answered).toBeGreaterThan(0);
    expect(report.sent).toBe(report.answered + report.refused + report.lost);
    expect(report).toMatchObject({ doubled: 0, degraded: 0 });
    expect(step.refused.filter(({ status }) => status === 'INTERNAL')).toEqual([]);

    const client = new PairstreamClient({ target: gateway.target, connections: WORKER_COUNT });
    const request = requestOf(await exampleRows(10));
    expect((await client.predict(request)).rung).toBe('full');
    client.close();
    expect(await gateway.metric('pairstream_in_flight_pairs')).toBe(0);
  });
});
