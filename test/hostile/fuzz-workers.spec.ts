import { ServerError } from '@pairstream/client';
import { expect, it } from 'vitest';
import { CATALOGUE } from '../../src/errors/catalogue.js';
import { sendBounded } from '../support/network/bounded-stream.js';
import { type MemorySample, anonymousBytes, slopeOf } from '../support/processes/memory-slope.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { fuzzOriginals, LARGE_ORIGINAL } from '../support/requests/fuzz-originals.js';
import { ThreadedGateway } from '../support/workers/threaded-gateway.js';
import { FuzzRandom, mutate } from './message-mutations.js';

/** Messages: 4,000, or the number in MUTATIONS. */
const MUTATIONS = Number(process.env['MUTATIONS'] ?? 4_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_211_123);
/** From so many messages on, memory is compared: before, caches and heaps still grow. */
const MEASURED_MUTATIONS = 100_000;
const WORKER_COUNT = 2;
const STREAMS = 16;
/** Rounds open new connections, and end with a sample of the memory. */
const ROUNDS = MUTATIONS >= MEASURED_MUTATIONS ? 100 : 30;
const WARM_UP_SHARE = 0.3;
const RUN_MS = 600_000 + 10 * MUTATIONS;
/** What a message may be refused with: never a fault of the gateway. */
const EXPECTED_REASONS = new Set(['INVALID_REQUEST', 'MESSAGE_TOO_LARGE', 'DEADLINE_EXCEEDED', 'BUSY']);
const MIB = 1_048_576;

function* mutations(originals: readonly Buffer[], seed: number, count: number): Generator<Buffer> {
  const random = new FuzzRandom(seed);
  const small = originals.filter((_, i) => i !== LARGE_ORIGINAL);
  for (let i = 0; i < count; i += 1)
    yield mutate(random.below(40) === 0 ? originals[LARGE_ORIGINAL]! : random.pick(small), random);
}

it(
  `${MUTATIONS} damaged messages (MUTATIONS) leave a gateway with worker threads as it was (FUZZ_SEED=${SEED})`,
  { timeout: RUN_MS },
  async () => {
    await using gateway = await ThreadedGateway.start(WORKER_COUNT, { PAIRSTREAM_ONNX_THREADS: '1' });
    const { pid } = gateway.command.process;
    const request = requestOf(await exampleRows(50));
    const clients = await gateway.clientOfEach(WORKER_COUNT);
    const before = await Promise.all(clients.map((client) => client.predict(request)));
    const originals = await fuzzOriginals();
    const outcomes: Record<string, number> = {};
    const count = (outcome: string): void => void (outcomes[outcome] = (outcomes[outcome] ?? 0) + 1);
    const samples: MemorySample[] = [];
    const perStream = Math.ceil(MUTATIONS / ROUNDS / STREAMS);
    let sentCount = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const streams = Array.from({ length: STREAMS }, (_, stream) =>
        sendBounded(
          gateway.target,
          mutations(originals, SEED + round * STREAMS + stream, perStream),
          ({ output }) => {
            if (output instanceof ServerError) return count(output.reason ?? `code ${output.code}`);
            count(output.rowStatus.length === 0 ? 'OK' : 'OK with failed rows');
          },
        ),
      );
      sentCount += (await Promise.all(streams)).reduce((sum, sent) => sum + sent, 0);
      samples.push([sentCount, anonymousBytes(pid!)]);
    }
    const { slope, low, high } = slopeOf(samples.slice(WARM_UP_SHARE * ROUNDS));
    const restarts = await gateway.metric('pairstream_worker_restarts_total');
    const report = {
      messages: sentCount,
      outcomes,
      restarts,
      memoryMiB: [samples[0]!, samples[WARM_UP_SHARE * ROUNDS]!, samples.at(-1)!].map(([, bytes]) =>
        Math.round(bytes / MIB),
      ),
      bytesPerMessage: [slope, low, high].map((value) => Number(value.toFixed(2))),
    };
    console.log(JSON.stringify(report));
    expect(sentCount).toBeGreaterThanOrEqual(MUTATIONS);
    expect(Object.values(outcomes).reduce((sum, answers) => sum + answers, 0)).toBe(sentCount);
    const reasons = Object.keys(outcomes).filter((outcome) => !outcome.startsWith('OK'));
    expect(reasons.filter((reason) => !Object.hasOwn(CATALOGUE, reason))).toEqual([]);
    expect(reasons.filter((reason) => !EXPECTED_REASONS.has(reason))).toEqual([]);
    expect(restarts).toBe(0);
    expect(low).toBeLessThanOrEqual(MUTATIONS >= MEASURED_MUTATIONS ? 0 : Infinity);
    expect(await gateway.metric('pairstream_in_flight_pairs')).toBe(0);
    // The connections from before live: no worker was replaced.
    const after = await Promise.all(clients.map((client) => client.predict(request)));
    expect(after.map((answer, i) => ({ ...answer, timing: before[i]!.timing }))).toEqual(before);
    for (const client of clients) client.close();
  },
);
