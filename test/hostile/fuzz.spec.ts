import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NullBackend } from '../../src/offline/bench/load/null-backend.js';
import { nullModels } from '../../src/offline/bench/load/null-models.js';
import { ServerError } from '@pairstream/client';
import { CATALOGUE } from '../../src/errors/catalogue.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { fuzzOriginals, LARGE_ORIGINAL } from '../support/requests/fuzz-originals.js';
import { sendBounded } from '../support/network/bounded-stream.js';
import { rawUnary } from '../support/network/raw-call.js';
import { SHIPPED_PIPELINE, startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';
import { FuzzRandom, mutate, reencode } from './message-mutations.js';

const MESSAGE_COUNT = 100_000;
const STREAM_COUNT = 8;
const RUN_MS = 600_000;
/** Of 100,000 messages, a leak of 400 bytes each would be more. */
const MOST_HEAP_GROWTH_BYTES = 40 * 1_024 * 1_024;
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_211_123);
/** What a message may be refused with: never a fault of our own. */
const EXPECTED_REASONS = new Set(['INVALID_REQUEST', 'MESSAGE_TOO_LARGE', 'DEADLINE_EXCEEDED', 'BUSY']);

let served: TestGateway;
let originals: Buffer[];

beforeAll(async () => {
  // The models do not matter here, and running them would take most of the time.
  served = await startTestGateway(
    {},
    { backend: new NullBackend(nullModels(SHIPPED_PIPELINE)), checksGoldenRows: false },
  );
  originals = await fuzzOriginals();
});
afterAll(() => served[Symbol.asyncDispose]());

/** Bytes of heap in use once what nobody needs is gone. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

describe(`damaged messages at a live server (FUZZ_SEED=${SEED})`, () => {
  it(
    `${MESSAGE_COUNT} of them are answered one for one, with statuses of the catalogue`,
    async () => {
      const before = await served.client.predict(requestOf(await exampleRows(50)));
      const outcomes = new Map<string, number>();
      const count = (outcome: string): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      let answerCount = 0;
      const run = async (stream: number, messageCount: number): Promise<number> => {
        const random = new FuzzRandom(SEED + stream);
        const messages = function* (): Generator<Buffer> {
          for (let i = 0; i < messageCount; i += 1) {
            // Most are small: what a large one says is not worth fifty of them.
            const original =
              random.below(40) === 0
                ? originals[LARGE_ORIGINAL]!
                : random.pick(originals.toSpliced(LARGE_ORIGINAL, 1));
            yield mutate(original, random);
          }
        };
        return sendBounded(served.target, messages(), ({ output }) => {
          answerCount += 1;
          if (output instanceof ServerError) return count(output.reason ?? `code ${output.code}`);
          count(output.rowStatus.length === 0 ? 'OK' : 'OK with failed rows');
          for (const { reason } of output.rowStatus) if (reason !== 'INVALID_ROW') count(`row ${reason}`);
        });
      };
      // Once around, so that what is made once is there before the heap is measured.
      await run(99, 2_000);
      const heapBefore = heapBytes();
      answerCount = 0;
      outcomes.clear();
      const share = MESSAGE_COUNT / STREAM_COUNT;
      const sent = await Promise.all(Array.from({ length: STREAM_COUNT }, (_, stream) => run(stream, share)));
      expect(sent.reduce((sum, sentCount) => sum + sentCount, 0)).toBe(MESSAGE_COUNT);
      expect(answerCount).toBe(MESSAGE_COUNT);
      const reasons = [...outcomes.keys()].filter((outcome) => !outcome.startsWith('OK'));
      expect(reasons.filter((reason) => !Object.hasOwn(CATALOGUE, reason))).toEqual([]);
      expect(reasons.filter((reason) => !EXPECTED_REASONS.has(reason))).toEqual([]);
      // The mutations reach all of it: what is refused, what is scored in part, and what is still a request.
      for (const outcome of ['OK', 'OK with failed rows', 'INVALID_REQUEST'])
        expect(outcomes.get(outcome) ?? 0).toBeGreaterThan(MESSAGE_COUNT / 200);
      expect(served.predictor.inFlightPairCount).toBe(0);
      expect(heapBytes() - heapBefore).toBeLessThan(MOST_HEAP_GROWTH_BYTES);
      const after = await served.client.predict(requestOf(await exampleRows(50)));
      expect({ ...after, timing: before.timing }).toEqual(before);
    },
    RUN_MS,
  );

  it('by the unary method as well', async () => {
    const random = new FuzzRandom(SEED);
    const reasons = new Set<string>();
    for (let i = 0; i < 60; i += 1) {
      const calls = Array.from({ length: 50 }, () => callUnary(mutate(random.pick(originals), random)));
      for (const reason of await Promise.all(calls)) reasons.add(reason);
    }
    expect([...reasons].filter((reason) => reason !== 'OK' && !EXPECTED_REASONS.has(reason))).toEqual([]);
    expect(reasons.has('OK') && reasons.has('INVALID_REQUEST')).toBe(true);
  });
});

describe('other encodings of the same request', () => {
  it('have the same answer: unknown fields, tables in parts, long varints', async () => {
    const random = new FuzzRandom(SEED);
    for (const original of originals.slice(0, 5)) {
      const answers: object[] = [];
      const versions = [original, ...Array.from({ length: 200 }, () => reencode(original, random))];
      await sendBounded(served.target, versions, ({ sequence, output }) => {
        expect(output).not.toBeInstanceOf(ServerError);
        if (output instanceof ServerError) return;
        answers.push({ sequence, ...output, timing: undefined });
      });
      expect(answers).toHaveLength(201);
      for (const answer of answers) expect(answer).toEqual(answers[0]);
    }
  });
});

/** Sends bytes by the unary method. @returns OK, or the reason of the status */
async function callUnary(message: Buffer): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  rawUnary(served.target, message, (error) =>
    resolve(error === undefined ? 'OK' : (error.reason ?? `code ${error.code}`)),
  );
  return promise;
}
