import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PREPARE_MS } from '../support/triton-server.js';
import { BACKEND_KINDS, type OpenedBackend } from './backend-kinds.js';
import { PORT_CASES } from './port-cases.js';

describe.each(BACKEND_KINDS)('$name', ({ open }) => {
  let opened: OpenedBackend | string;

  beforeAll(async () => {
    opened = await open();
  }, PREPARE_MS);
  afterAll(async () => {
    if (typeof opened !== 'string') await opened[Symbol.asyncDispose]();
  });
  beforeEach((context) => {
    if (typeof opened === 'string') context.skip(opened);
  });

  it.each([...PORT_CASES])('$name', async ({ act, expected }) => {
    const { backend } = opened as OpenedBackend;
    expect(await act(backend)).toEqual(expected);
  });
});
