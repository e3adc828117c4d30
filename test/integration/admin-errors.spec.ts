import { once } from 'node:events';
import { connect } from 'node:net';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { NullBackend } from '../../src/offline/bench/load/null-backend.js';
import { nullModels } from '../../src/offline/bench/load/null-models.js';
import { SHIPPED_PIPELINE, startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';
import { startTritonGateway } from '../support/gateway/triton-gateway.js';

/** Text of an error that no caller may see. */
const FAULT = 'a secret of the registry';
/** Nothing listens there. */
const NO_SERVER = '127.0.0.1:1';

describe('errors of the admin application are problem details', () => {
  let served: TestGateway;
  beforeAll(async () => {
    served = await startTestGateway(
      {},
      { backend: new NullBackend(nullModels(SHIPPED_PIPELINE)), checksGoldenRows: false },
    );
  });
  afterAll(async () => {
    await served[Symbol.asyncDispose]();
  });

  async function answer(path: string, init: RequestInit = {}) {
    const response = await fetch(`${served.adminUrl}${path}`, init);
    const mediaType = response.headers.get('content-type');
    return { status: response.status, mediaType, body: (await response.json()) as object };
  }

  it.each([
    ['an unknown route', 'GET', '/nope?x=1', {}, 404, 'NOT_FOUND', 'Cannot GET /nope?x=1'],
    [
      'a method that a route does not have',
      'DELETE',
      '/metrics',
      {},
      405,
      'METHOD_NOT_ALLOWED',
      'method: DELETE, expected GET or HEAD',
    ],
    ['a malformed URL', 'GET', '/%', {}, 400, 'INVALID_REQUEST', expect.stringMatching(/^path: "\/%", /)],
    [
      'a body that is not JSON',
      'PUT',
      '/admin/v1/log-level',
      { body: '{', headers: { 'content-type': 'application/json' } },
      400,
      'INVALID_REQUEST',
      expect.stringContaining('not valid JSON'),
    ],
  ])('%s', async (_name, method, path, init, status, code, detail) => {
    const { mediaType, ...problem } = await answer(path, { method, ...init });
    expect(mediaType).toMatch(/^application\/problem\+json/);
    expect(problem).toMatchObject({
      status,
      body: {
        type: `urn:pairstream:error:${code}`,
        title: expect.any(String),
        status,
        detail,
        instance: path,
        code,
      },
    });
  });

  it('bytes that are not HTTP', async () => {
    const socket = connect(Number(new URL(served.adminUrl).port), '127.0.0.1');
    let text = '';
    socket.on('data', (bytes: Buffer) => (text += bytes.toString()));
    socket.write('FLY / HTTP/1.1\r\n\r\n');
    await once(socket, 'close');
    const [head, body] = text.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json\r\n/);
    expect(JSON.parse(body!)).toMatchObject({ status: 400, code: 'INVALID_REQUEST' });
  });

  it('a fault of the gateway, without its text and stack trace', async () => {
    vi.spyOn(Registry.prototype, 'metrics').mockRejectedValueOnce(new Error(FAULT));
    const { status, mediaType, body } = await answer('/metrics');
    expect([status, mediaType]).toEqual([500, expect.stringMatching(/^application\/problem\+json/)]);
    expect(body).toMatchObject({ code: 'INTERNAL', detail: 'internal error' });
    expect(JSON.stringify(body)).not.toMatch(new RegExp(`${FAULT}| at `));
  });

  it('a gateway that is not ready, with the state of its indicators', async () => {
    await using waiting = await startTritonGateway([NO_SERVER]);
    const { status, text } = await waiting.admin('/readyz');
    expect(status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({
      code: 'NOT_READY',
      status: 503,
      instance: '/readyz',
      error: { release: { status: 'down', reason: expect.any(String) } },
    });
  });
});
