import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PREPARE_MS } from '../support/triton-server.js';
import { UNCONTROLLED_CASES } from './cases/repository-cases.js';
import { SERVER_KINDS, type StartedServer } from './conformance-server.js';
import { outcomeOf } from './protocol-case.js';
import { PROTOCOL_CASES } from './protocol-cases.js';

const CONTROLS = [
  { control: 'explicit', topics: PROTOCOL_CASES },
  { control: 'none', topics: { repository: UNCONTROLLED_CASES } },
] as const;

describe.each(SERVER_KINDS)('$name', ({ start }) => {
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

    describe.each(Object.entries(topics))('%s', (_topic, cases) => {
      it.each([...cases])('$name', async ({ act, expected }) => {
        expect(await outcomeOf(act(started as StartedServer))).toEqual(expected);
      });
    });
  });
});
