import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PREPARE_MS } from '../support/triton/triton-server.js';
import { UNCONTROLLED_CASES } from './cases/repository-cases.js';
import { SERVER_KINDS, type StartedServer } from './conformance-server.js';
import { outcomeOf, type ProtocolCase } from './protocol-case.js';
import { PROTOCOL_CASES } from './protocol-cases.js';

const CONTROLS = [
  { control: 'explicit', topics: PROTOCOL_CASES },
  { control: 'none', topics: { repository: UNCONTROLLED_CASES } },
] as const;

describe.each(SERVER_KINDS)('$name', ({ name, start }) => {
  describe.each(CONTROLS)('model control $control', ({ control, topics }) => {
    let started: StartedServer | string;

    beforeAll(async () => {
      started = await start(control);
    }, PREPARE_MS);
    afterAll(async () => {
      if (typeof started !== 'string') await started[Symbol.asyncDispose]();
    });
    beforeEach((context) => {
      if (typeof started === 'string') context.skip(started);
    });

    /** Triton 2.51 itself ends in a stream now and then, on a busy machine: a case during which it did is tried once more. */
    async function outcomeWhileAlive({ act }: ProtocolCase): Promise<unknown> {
      const server = started as StartedServer;
      const outcome = await outcomeOf(act(server));
      const isAlive = name !== 'Triton' || (await server.client.isServerLive().catch(() => false));
      if (isAlive) return outcome;
      console.warn('Triton has ended: it is started anew, and the case is tried again');
      await server[Symbol.asyncDispose]();
      started = await start(control);
      return outcomeOf(act(started as StartedServer));
    }

    describe.each(Object.entries(topics))('%s', (_topic, cases) => {
      it.each([...cases])('$name', async (each) => {
        expect(await outcomeWhileAlive(each)).toEqual(each.expected);
      });
    });
  });
});
