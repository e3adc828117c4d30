import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TritonClient } from '@pairstream/triton-client';
import { inferencePath } from '@pairstream/triton-client/messages';
import { BytesChannel } from '@pairstream/client/wire';
import { PairstreamClient } from '@pairstream/client';
import { METHOD } from '@pairstream/client/wire';
import { ScriptedServer } from '../support/network/scripted-server.js';

const DAY_MS = 86_400_000;
const OK = /^answered$/;
const LATE = /deadline/i;
const REFUSED = /timeoutMs: .*expected a number of milliseconds/;

/** What becomes of calls whose answer takes some milliseconds. */
const TIMEOUTS: readonly (readonly [name: string, timeoutMs: number, outcome: RegExp])[] = [
  ['none', undefined as never, OK],
  ['Infinity', Infinity, OK],
  ['Number.MAX_SAFE_INTEGER', Number.MAX_SAFE_INTEGER, OK],
  ['Number.MAX_VALUE', Number.MAX_VALUE, OK],
  ['24 days', 24 * DAY_MS, OK],
  ['100 days', 100 * DAY_MS, OK],
  ['50 days', 50 * DAY_MS, OK],
  ['25 days', 25 * DAY_MS, OK],
  ['2^31 ms', 2 ** 31, OK],
  ['2^31 - 1 ms', 2 ** 31 - 1, OK],
  ['a day and a fraction', DAY_MS + 0.5, OK],
  ['a fraction of a millisecond', 0.25, LATE],
  ['0', 0, LATE],
  ['-0', -0, LATE],
  ['-1', -1, LATE],
  ['-Infinity', -Infinity, LATE],
  ['NaN', Number.NaN, REFUSED],
  ['a numeric string', '100' as never, REFUSED],
  ['null', null as never, REFUSED],
  ['an object', {} as never, REFUSED],
];

let server: ScriptedServer;
let triton: TritonClient;
let gateway: PairstreamClient;
let bytes: BytesChannel;
beforeAll(async () => {
  const late = async (): Promise<Buffer> => {
    await sleep(20);
    return Buffer.alloc(0);
  };
  server = await ScriptedServer.start(
    { [inferencePath('ServerLive')]: late, [METHOD.GetServerInfo.path]: late },
    { [METHOD.PredictStream.path]: (call) => call.resume().on('end', () => call.end()) },
  );
  const { target } = server;
  triton = new TritonClient({ target });
  gateway = new PairstreamClient({ target });
  bytes = new BytesChannel({ target, maxMessageBytes: 1_000, toError: (error) => error });
});
afterAll(() => {
  for (const client of [triton, gateway, bytes]) client.close();
  server[Symbol.dispose]();
});

const CALLS: readonly { name: string; call: (timeoutMs: number) => Promise<unknown> }[] = [
  { name: 'TritonClient', call: (timeoutMs) => triton.isServerLive({ timeoutMs }) },
  { name: 'PairstreamClient', call: (timeoutMs) => gateway.getServerInfo({ timeoutMs }) },
  {
    name: 'BytesChannel.stream',
    call: async (timeoutMs) => {
      const requests = async function* (): AsyncGenerator<Buffer> {
        await sleep(20);
        yield Buffer.alloc(0);
      };
      for await (const _ of bytes.stream(METHOD.PredictStream.path, requests(), { timeoutMs }));
    },
  },
  { name: 'waitForConnection', call: (timeoutMs) => triton.waitForConnection(timeoutMs) },
  { name: 'waitForReady', call: (timeoutMs) => gateway.waitForReady(timeoutMs) },
];

describe.each(CALLS.slice(0, 3))('$name with a timeout of', ({ call }) => {
  it.each(TIMEOUTS)('%s', async (_name, timeoutMs, outcome) => {
    // Of no use before the server was reached once: the time would be over in any case.
    await gateway.waitForReady(20_000);
    const seen = await call(timeoutMs).then(
      () => 'answered',
      (error: Error) => error.message,
    );
    expect(seen).toMatch(outcome);
  });
});

describe.each(CALLS.slice(3))('$name for', ({ call }) => {
  it.each(TIMEOUTS.filter(([, timeoutMs, outcome]) => outcome === OK && timeoutMs !== undefined))(
    '%s',
    async (_name, timeoutMs) => {
      await expect(call(timeoutMs)).resolves.toBeUndefined();
    },
  );

  it('NaN is refused', async () => {
    await expect(call(Number.NaN)).rejects.toThrow(/NaN/);
  });
});
