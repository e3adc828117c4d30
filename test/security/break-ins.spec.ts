import { PairstreamClient, type ServerError } from '@pairstream/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sendHttp } from '../../src/cli/admin/http-request.js';
import { readCallersFile } from '../../src/security/callers-file.js';
import { startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';
import { AdminCalls } from '../support/gateway/admin-calls.js';
import { SmallBackend, SmallPipeline } from '../support/pipelines/small-pipeline.js';
import { SMALL_REQUEST } from '../support/requests/small-request.js';
import { CallersFolder } from '../support/security/callers.js';

const SOON = { timeout: 30_000, interval: 100 };
const PAST = '2020-01-01T00:00:00Z';

let pipeline: SmallPipeline;
let callers: CallersFolder;
let gateway: TestGateway;
let admin: AdminCalls;
let tokens: {
  predict: string;
  read: string;
  explain: string;
  admin: string;
  feedback: string;
  expired: string;
};

beforeAll(async () => {
  pipeline = new SmallPipeline();
  callers = new CallersFolder();
  tokens = {
    predict: callers.add('ranking', ['predict']),
    read: callers.add('dashboard', ['read']),
    explain: callers.add('analyst', ['predict', 'explain']),
    admin: callers.add('operator', ['admin', 'read']),
    feedback: callers.add('events', ['feedback']),
    expired: callers.add('old', ['predict', 'admin'], PAST),
  };
  gateway = await startTestGateway(
    { pipeline: pipeline.path, callersFile: callers.path },
    { backend: new SmallBackend() },
  );
  admin = new AdminCalls(gateway.adminUrl);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  pipeline[Symbol.dispose]();
  callers[Symbol.dispose]();
});

/** Changes one bit of the secret part of a token. */
function flipped(token: string): string {
  const last = token.at(-2) === 'A' ? 'B' : 'A';
  return `${token.slice(0, -2)}${last}${token.slice(-1)}`;
}

async function predictAs(token: string | undefined, explain = false): Promise<string> {
  const client = new PairstreamClient({
    target: gateway.target,
    connections: 1,
    ...(token === undefined ? {} : { token }),
  });
  try {
    await client.predict({ ...SMALL_REQUEST, options: { explain } }, { timeoutMs: 30_000 });
    return 'OK';
  } catch (error) {
    return (error as ServerError).codeName;
  } finally {
    client.close();
  }
}

async function refusedCount(metric: string, reason: string): Promise<number> {
  const { text } = await admin.request('/metrics', { headers: { authorization: `Bearer ${tokens.admin}` } });
  const line = text.split('\n').find((each) => each.startsWith(`${metric}{reason="${reason}"}`));
  return Number(line?.split(' ').at(-1) ?? 0);
}

describe('a gRPC call', () => {
  it.each([
    ['without a token', () => undefined, 'UNAUTHENTICATED', 'missing'],
    ['with an expired token', () => tokens.expired, 'UNAUTHENTICATED', 'expired'],
    ['with a flipped bit', () => flipped(tokens.predict), 'UNAUTHENTICATED', 'unknown'],
    ['with a token of another form', () => 'secret', 'UNAUTHENTICATED', 'malformed'],
    ['without the scope', () => tokens.read, 'PERMISSION_DENIED', 'scope'],
    ['with the scope of feedback alone', () => tokens.feedback, 'PERMISSION_DENIED', 'scope'],
  ])('%s', async (_case, token, status, reason) => {
    const before = await refusedCount('pairstream_refused_callers_total', reason);
    expect(await predictAs(token())).toBe(status);
    expect(await refusedCount('pairstream_refused_callers_total', reason)).toBe(before + 1);
  });

  it('with the scope is answered, and one with a very long token is not', async () => {
    expect(await predictAs(tokens.predict)).toBe('OK');
    expect(await predictAs('x'.repeat(20_000))).toBe('RESOURCE_EXHAUSTED');
  });

  it('explains only to callers with the scope explain', async () => {
    expect(await predictAs(tokens.predict, true)).toBe('PERMISSION_DENIED');
    expect(await predictAs(tokens.explain, true)).toBe('OK');
  });

  it('with a revoked token is refused, and its stream ends', async () => {
    const token = callers.add('short', ['predict']);
    await vi.waitFor(async () => expect(await predictAs(token)).toBe('OK'), SOON);
    const client = new PairstreamClient({ target: gateway.target, token, connections: 1 });
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const requests = (async function* () {
      yield SMALL_REQUEST;
      await ended;
    })();
    const answers = client.predictStream(requests);
    expect((await answers.next()).done).toBe(false);
    callers.revoke(token);
    await expect(answers.next()).rejects.toMatchObject({ codeName: 'UNAUTHENTICATED' });
    end();
    expect(await predictAs(token)).toBe('UNAUTHENTICATED');
    client.close();
  });
});

describe('a request to the admin port', () => {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  it.each([
    ['/healthz without a token', 'GET', '/healthz', () => ({}), 200],
    ['/readyz without a token', 'GET', '/readyz', () => ({}), 200],
    ['/metrics without a token', 'GET', '/metrics', () => ({}), 401],
    ['/metrics with the scope read', 'GET', '/metrics', () => bearer(tokens.read), 200],
    ['config with the scope read', 'GET', '/admin/v1/config', () => bearer(tokens.read), 403],
    ['config with the scope admin', 'GET', '/admin/v1/config', () => bearer(tokens.admin), 200],
    ['an expired token', 'GET', '/admin/v1/config', () => bearer(tokens.expired), 401],
    ['a flipped bit', 'GET', '/admin/v1/config', () => bearer(flipped(tokens.admin)), 401],
    ['a path that leaves the route', 'GET', '/healthz/../admin/v1/config', () => ({}), 401],
    ['an encoded path that leaves the route', 'GET', '/healthz/%2e%2e/admin/v1/config', () => ({}), 401],
    [
      'a model name that leaves the folder',
      'POST',
      '/admin/v1/models/..%2f..%2fetc%2fpasswd/load',
      () => bearer(tokens.admin),
      404,
    ],
    [
      'a page of another origin',
      'POST',
      '/admin/v1/drain',
      () => ({ ...bearer(tokens.admin), origin: 'https://evil.example' }),
      403,
    ],
    [
      'a page of another site',
      'POST',
      '/admin/v1/drain',
      () => ({ ...bearer(tokens.admin), 'sec-fetch-site': 'cross-site' }),
      403,
    ],
    [
      'a form of another page',
      'POST',
      '/admin/v1/drain',
      () => ({ ...bearer(tokens.admin), 'content-type': 'text/plain' }),
      400,
    ],
    [
      'a name that points at the gateway',
      'GET',
      '/metrics',
      () => ({ ...bearer(tokens.admin), host: 'evil.example' }),
      403,
    ],
  ])('%s', async (_case, method, path, headersOf, status) => {
    const url = new URL(gateway.adminUrl);
    const headers: Record<string, string> = headersOf();
    const signal = AbortSignal.timeout(30_000);
    const answer = await sendHttp({ url, path, method, headers, body: undefined, tls: undefined, signal });
    expect(answer.status).toBe(status);
    const isProblem = answer.text.includes('urn:pairstream:error:');
    expect(isProblem).toBe(status >= 400);
  });

  it('with many headers is refused', async () => {
    const headers = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`x-${i}`, 'y'.repeat(20)]));
    const { status } = await admin.request('/metrics', { headers });
    expect(status).toBeGreaterThanOrEqual(400);
  });

  it('asks for a token', async () => {
    const { status, headers, contentType } = await admin.get('/metrics');
    expect([status, contentType]).toEqual([401, expect.stringContaining('application/problem+json')]);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="pairstream"');
  });

  it('has refused none of the above without a metric', async () => {
    const counts = ['missing', 'expired', 'unknown', 'scope', 'host', 'origin'].map((reason) =>
      refusedCount('pairstream_refused_admin_requests_total', reason),
    );
    for (const count of await Promise.all(counts)) expect(count).toBeGreaterThan(0);
  });
});

describe('a client', () => {
  it('sends no token to another machine in plain text', () => {
    expect(() => new PairstreamClient({ target: '192.0.2.1:50051', token: tokens.predict })).toThrow(
      'token: target "192.0.2.1:50051" without tls, expected tls, or a target on this machine',
    );
  });
});

describe('a callers file', () => {
  it('holds no token', () => {
    const text = JSON.stringify(readCallersFile(callers.path));
    for (const token of Object.values(tokens)) expect(text).not.toContain(token.slice(-43));
  });
});
