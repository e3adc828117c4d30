import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PredictInput, ServerError } from '@pairstream/client';
import { BytesChannel, encodeRequest, METHOD } from '@pairstream/client/wire';
import { TWO_MODELS } from '../support/pipelines/cut-pipeline.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { GatedBackend } from '../support/gateway/gated-backend.js';
import { startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';
import type { PartRow } from '../../src/pairs/part-row.js';

const HEADER = 'x-caller';
/** A busy machine may need seconds for what takes milliseconds alone. */
const PATIENCE = { timeout: 20_000 };
const backend = new GatedBackend();
let served: TestGateway;
let rows: PartRow[];

beforeAll(async () => {
  rows = await exampleRows(1_000);
  served = await startTestGateway(
    {
      pipeline: TWO_MODELS,
      maxInFlightPairs: 1_000,
      maxPairsPerMessage: 1_000,
      maxPairsPerStream: 700,
      callerHeader: HEADER,
    },
    { backend },
  );
});
afterAll(() => served[Symbol.asyncDispose]());

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${served.adminUrl}/metrics`)).text();
  return Number(new RegExp(`^${name} ([\\d.e+-]+)$`, 'm').exec(text)?.[1]);
}

/** A caller of its own, on a connection of its own. */
class Caller implements Disposable {
  private readonly channel: BytesChannel;

  constructor(name: string) {
    this.channel = new BytesChannel({
      target: served.target,
      maxMessageBytes: 2 ** 26,
      headers: { [HEADER]: name },
      toError: (error) => ServerError.fromCall(error),
    });
  }

  predict(pairCount: number, signal?: AbortSignal): Promise<Buffer> {
    const input: PredictInput = requestOf(rows.slice(0, pairCount));
    return this.channel.unary(METHOD.Predict.path, encodeRequest(input, 1), { ...(signal && { signal }) });
  }

  [Symbol.dispose](): void {
    this.channel.close();
  }
}

describe('callers of a gateway at its bounds', () => {
  it('one stream is refused above its bound, and its other requests are answered', async () => {
    backend.closeGate();
    const answers: (ServerError | object)[] = [];
    const requests = [600, 200, 100].map((pairCount) => requestOf(rows.slice(0, pairCount)));
    for await (const { index, output } of served.client.predictStream(requests)) {
      answers[index] = output;
      if (output instanceof ServerError) backend.release();
    }
    // Requests of a stream are decoded by turns: a small one may be admitted before a large one that was sent first.
    const message = expect.stringContaining('PAIRSTREAM_MAX_PAIRS_PER_STREAM');
    const refused = answers.filter((answer) => answer instanceof ServerError);
    expect(refused).toMatchObject([{ reason: 'BUSY', message }]);
    const answered = answers.filter((answer) => !(answer instanceof ServerError));
    expect(answered).toMatchObject([{ rowStatus: [] }, { rowStatus: [] }]);
  });

  it('a flood is refused above its share while others are active, and a small caller is not', async () => {
    using flood = new Caller('flood');
    using small = new Caller('small');
    await small.predict(1);
    backend.closeGate();
    const held = flood.predict(600);
    await expect.poll(() => metric('pairstream_in_flight_pairs'), PATIENCE).toBe(600);
    await expect(flood.predict(100)).rejects.toMatchObject({
      code: 8,
      reason: 'BUSY',
      retryAfterMs: expect.any(Number),
      message: expect.stringContaining('600 pairs of caller x-caller=flood are in flight'),
    });
    const answered = small.predict(100);
    await expect.poll(() => metric('pairstream_in_flight_pairs'), PATIENCE).toBe(700);
    backend.release();
    await expect(Promise.all([held, answered])).resolves.toHaveLength(2);
    expect(await metric('pairstream_refused_messages_total\\{reason="caller"\\}')).toBe(1);
  });

  it('callers are counted while they have open calls, and cancelled ones leave nothing', async () => {
    backend.closeGate();
    const callers = Array.from({ length: 20 }, (_, i) => new Caller(`caller ${i}`));
    const gone = new AbortController();
    const calls = callers.map((caller, i) => caller.predict(10, i % 2 === 0 ? gone.signal : undefined));
    const outcomes = Promise.allSettled(calls);
    await expect.poll(() => metric('pairstream_callers'), PATIENCE).toBe(20);
    await expect.poll(() => metric('pairstream_in_flight_pairs'), PATIENCE).toBe(200);
    gone.abort();
    await expect.poll(() => metric('pairstream_callers'), PATIENCE).toBe(10);
    await expect.poll(() => metric('pairstream_in_flight_pairs'), PATIENCE).toBe(100);
    backend.release();
    expect((await outcomes).filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    await expect.poll(() => metric('pairstream_callers'), PATIENCE).toBe(0);
    expect(await metric('pairstream_in_flight_pairs')).toBe(0);
    expect(await metric('pairstream_callers_limit')).toBe(4_096);
    for (const caller of callers) caller[Symbol.dispose]();
  });
});
