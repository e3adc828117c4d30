import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backends/backend.js';
import { PREPARE_MS } from '../support/triton/triton-server.js';
import { BACKEND_KINDS, type PortServer } from './backend-kinds.js';
import { PORT_CASES } from './port-cases.js';

describe.each(BACKEND_KINDS)('$name', ({ start, backends }) => {
  let server: PortServer | string;

  beforeAll(async () => {
    server = await start();
  }, PREPARE_MS);
  afterAll(async () => {
    if (typeof server !== 'string') await server[Symbol.asyncDispose]();
  });
  beforeEach((context) => {
    if (typeof server === 'string') context.skip(server);
  });

  describe.each(backends)('$name', ({ create }) => {
    let backend: Backend | undefined;

    beforeAll(() => {
      if (typeof server !== 'string') backend = create(server.target);
    });
    afterAll(() => backend?.close());

    it.each([...PORT_CASES])('$name', async ({ act, expected }) => {
      expect(await act(backend!)).toEqual(expected);
    });
  });
});
