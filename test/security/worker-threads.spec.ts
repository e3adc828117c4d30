import { X509Certificate } from 'node:crypto';
import { PairstreamClient, type ServerError } from '@pairstream/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sendHttp } from '../../src/cli/admin/http-request.js';
import { adminAddress, completeLines, servingAddress } from '../support/gateway/serve-log.js';
import { TWO_MODELS } from '../support/pipelines/cut-pipeline.js';
import { type RunningCommand, startCommand } from '../support/processes/cli-process.js';
import { SMALL_REQUEST } from '../support/requests/small-request.js';
import { CallersFolder } from '../support/security/callers.js';
import { serialNumberOf } from '../support/security/peer-certificate.js';
import { TlsFolder } from '../support/security/tls-folder.js';

const PATIENCE = { timeout: 150_000, interval: 100 };
/** Connections of a check. Two worker threads share new connections: all go to one of them once in 2^19 times. */
const CONNECTION_COUNT = 20;

let folder: TlsFolder;
let callers: CallersFolder;
let serve: RunningCommand;
let target: string;
let admin: { token: string; address: string };

beforeAll(async () => {
  folder = await TlsFolder.create();
  callers = new CallersFolder();
  const token = callers.add('operator', ['admin', 'read']);
  serve = startCommand(['serve'], {
    ...folder.environment,
    PAIRSTREAM_CALLERS_FILE: callers.path,
    PAIRSTREAM_PIPELINE: TWO_MODELS,
    PAIRSTREAM_WORKERS: '2',
    PAIRSTREAM_GRPC_PORT: '0',
    PAIRSTREAM_ADMIN_PORT: '0',
    PAIRSTREAM_LOG_LEVEL: 'info',
  });
  await vi.waitFor(() => {
    const [grpc, http] = [servingAddress(serve.stderr()), adminAddress(serve.stderr())];
    if (grpc === undefined || http === undefined) throw new Error(`no gateway yet: ${serve.stderr()}`);
    target = grpc;
    admin = { token, address: http };
  }, PATIENCE);
});
afterAll(async () => {
  serve.process.kill('SIGTERM');
  await serve.finished;
  folder[Symbol.dispose]();
  callers[Symbol.dispose]();
});

/** Outcomes of requests with a token, each on a connection of its own. */
async function outcomesOf(token: string): Promise<Set<string>> {
  const outcomes = new Set<string>();
  for (let i = 0; i < CONNECTION_COUNT; i += 1) {
    const client = new PairstreamClient({ target, token, tls: folder.clientTls, connections: 1 });
    const outcome = await client.predict(SMALL_REQUEST, { timeoutMs: 30_000 }).then(
      () => 'OK',
      (error: unknown) => (error as ServerError).codeName,
    );
    outcomes.add(outcome);
    client.close();
  }
  return outcomes;
}

function callAdmin(method: string, path: string, body?: string): ReturnType<typeof sendHttp> {
  return sendHttp({
    url: new URL(`https://${admin.address}${path}`),
    method,
    headers: { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json' },
    body,
    tls: folder.clientTls,
    signal: AbortSignal.timeout(30_000),
  });
}

describe('a gateway with two worker threads', () => {
  it('uses a new certificate in each of them', async () => {
    const { certificate } = await folder.rotate();
    const { serialNumber } = new X509Certificate(certificate);
    await vi.waitFor(async () => {
      const shown = new Set<string>();
      for (let i = 0; i < CONNECTION_COUNT; i += 1) shown.add(await serialNumberOf(target));
      expect(shown).toEqual(new Set([serialNumber]));
    }, PATIENCE);
  });

  it('accepts a new token in each of them, and refuses it when it is revoked', async () => {
    const token = callers.add('ranking', ['predict']);
    const expectAll = (outcome: string) =>
      vi.waitFor(async () => expect(await outcomesOf(token)).toEqual(new Set([outcome])), PATIENCE);
    await expectAll('OK');
    callers.revoke(token);
    await expectAll('UNAUTHENTICATED');
  });

  it('logs who changes the gateway', async () => {
    const { status } = await callAdmin('PUT', '/admin/v1/log-level', '{"level":"info"}');
    expect(status).toBe(200);
    const change = { caller: 'operator', peer: '127.0.0.1', method: 'PUT', path: '/admin/v1/log-level' };
    await vi.waitFor(() => {
      expect(completeLines(serve.stderr())).toContainEqual(
        expect.objectContaining({ ...change, msg: 'admin request' }),
      );
    }, PATIENCE);
    expect(serve.stderr()).not.toContain(admin.token);
  });

  it('opens no debugger port at SIGUSR1', async () => {
    serve.process.kill('SIGUSR1');
    const { status } = await callAdmin('GET', '/admin/v1/info');
    expect(status).toBe(200);
    expect(serve.stderr()).not.toMatch(/debugger/i);
    expect(serve.process.exitCode).toBeNull();
  });
});
