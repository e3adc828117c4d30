import { X509Certificate } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { createConnection } from 'node:net';
import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import { PairstreamClient, type ServerError } from '@pairstream/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readTlsMaterial } from '../../src/security/tls-material.js';
import { sendHttp } from '../../src/cli/admin/http-request.js';
import type { Certificate } from '../support/network/certificates.js';
import { startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';
import { SmallBackend, SmallPipeline } from '../support/pipelines/small-pipeline.js';
import { SMALL_REQUEST } from '../support/requests/small-request.js';
import { serialNumberOf } from '../support/security/peer-certificate.js';
import { TlsFolder } from '../support/security/tls-folder.js';

const EXPIRED = { notBefore: new Date('2020-01-01'), notAfter: new Date('2020-02-01') };
const SOON = { timeout: 20_000, interval: 100 };

let folder: TlsFolder;
let pipeline: SmallPipeline;
beforeAll(async () => {
  folder = await TlsFolder.create();
  pipeline = new SmallPipeline();
});
afterAll(() => {
  folder[Symbol.dispose]();
  pipeline[Symbol.dispose]();
});

function start(settings: object = {}): Promise<TestGateway> {
  const config = { pipeline: pipeline.path, ...folder.settings, ...settings };
  return startTestGateway(config, { backend: new SmallBackend() });
}

async function metric(gateway: TestGateway, name: string): Promise<number> {
  const url = new URL(`https://127.0.0.1:${gateway.gateway.adminPort}/metrics`);
  const { text } = await sendHttp({
    url,
    method: 'GET',
    headers: {},
    body: undefined,
    tls: folder.clientTls,
    signal: AbortSignal.timeout(10_000),
  });
  const line = text.split('\n').find((each) => each.startsWith(`${name} `) || each.startsWith(`${name}{`));
  return Number(line?.split(' ').at(-1));
}

describe('TLS of both ports', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await start({ tlsHandshakeMs: 2_000 });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  it('serves gRPC and HTTP with the certificate, and refuses plain text', async () => {
    const secure = new PairstreamClient({ target: gateway.target, tls: folder.clientTls });
    expect((await secure.predict(SMALL_REQUEST)).like).toHaveLength(1);
    secure.close();
    await expect(gateway.client.predict(SMALL_REQUEST, { timeoutMs: 5_000 })).rejects.toMatchObject({
      codeName: 'UNAVAILABLE',
    });
    await vi.waitFor(async () => {
      expect(
        await metric(gateway, 'pairstream_tls_handshake_failures_total{reason="failed"}'),
      ).toBeGreaterThan(0);
    }, SOON);
    expect(await metric(gateway, 'pairstream_tls_certificate_expiry_days')).toBeGreaterThan(300);
  });

  it('refuses TLS 1.1', async () => {
    for (const port of [gateway.gateway.grpcPort, gateway.gateway.adminPort]) {
      const socket = connectTls({
        host: '127.0.0.1',
        port,
        rejectUnauthorized: false,
        maxVersion: 'TLSv1.1',
        minVersion: 'TLSv1.1',
        ciphers: 'DEFAULT@SECLEVEL=0',
      });
      const [error] = await once(socket, 'error');
      expect(String(error)).toMatch(/protocol version|unsupported protocol|no protocols available/i);
    }
  });

  it('closes a connection whose handshake takes too long', async () => {
    for (const port of [gateway.gateway.grpcPort, gateway.gateway.adminPort]) {
      const socket = createConnection({ host: '127.0.0.1', port });
      await once(socket, 'connect');
      socket.on('error', () => undefined).resume();
      await once(socket, 'close');
    }
    expect(await metric(gateway, 'pairstream_tls_handshake_failures_total{reason="slow"}')).toBe(1);
  });
});

describe('client certificates', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await start({ tlsClientCa: folder.file('client-ca.pem') });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  async function predictWith(made: Certificate | undefined): Promise<string> {
    const own = made && { certificateChain: made.certificate, privateKey: made.key };
    const client = new PairstreamClient({
      target: gateway.target,
      tls: { ...folder.clientTls, ...own },
    });
    const answer = client.predict(SMALL_REQUEST, { timeoutMs: 60_000 });
    const status = await answer.then(
      () => 'OK',
      (error: ServerError) => error.codeName,
    );
    client.close();
    return status;
  }

  it.each([
    ['of the authority', () => folder.clientAuthority.sign('ranking'), 'OK'],
    ['of another authority', () => folder.serverAuthority.sign('ranking'), 'UNAVAILABLE'],
    ['missing', () => Promise.resolve(undefined), 'UNAVAILABLE'],
    ['expired', () => folder.clientAuthority.sign('ranking', EXPIRED), 'UNAVAILABLE'],
  ])('%s', async (_case, sign, status) => {
    expect(await predictWith(await sign())).toBe(status);
  });
});

describe('a certificate that changes', () => {
  it('is used by new connections; those that are open stay, and rubbish leaves it in use', async () => {
    await using gateway = await start();
    const client = new PairstreamClient({ target: gateway.target, tls: folder.clientTls, connections: 1 });
    await client.predict(SMALL_REQUEST);
    const rotated = await folder.rotate();
    const { serialNumber } = new X509Certificate(rotated.certificate);
    const adminTarget = `127.0.0.1:${gateway.gateway.adminPort}`;
    await vi.waitFor(async () => {
      expect(await serialNumberOf(gateway.target)).toBe(serialNumber);
      expect(await serialNumberOf(adminTarget)).toBe(serialNumber);
    }, SOON);
    expect(await metric(gateway, 'pairstream_tls_reload_failures_total')).toBe(0);
    folder.write('server.pem', 'rubbish');
    await vi.waitFor(
      async () => expect(await metric(gateway, 'pairstream_tls_reload_failures_total')).toBe(1),
      SOON,
    );
    expect(await serialNumberOf(gateway.target)).toBe(serialNumber);
    // The connection was opened before both changes.
    expect((await client.predict(SMALL_REQUEST)).like).toHaveLength(1);
    client.close();
    await folder.rotate();
  });
});

describe('files that cannot be used stop the start with one line', () => {
  const problem = (settings: object): string => {
    try {
      readTlsMaterial({ ...folder.settings, tlsClientCa: '', ...settings });
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
    return '';
  };

  it('a missing file', () => {
    const path = folder.file('absent.pem');
    expect(problem({ tlsCertificate: path })).toBe(
      `PAIRSTREAM_TLS_CERTIFICATE: "${path}" cannot be read (ENOENT), expected a PEM file`,
    );
  });

  it('a key of another certificate', async () => {
    const other = await folder.serverAuthority.sign('other', { dns: ['other'] });
    folder.write('other.key', other.key);
    const path = folder.file('other.key');
    expect(problem({ tlsKey: path })).toBe(
      `PAIRSTREAM_TLS_KEY: "${path}" is not the key of PAIRSTREAM_TLS_CERTIFICATE, expected the private key of its certificate`,
    );
  });

  it('a certificate that has expired', async () => {
    const old = await folder.serverAuthority.sign('old', {
      dns: ['localhost'],
      notBefore: new Date('2020-01-01'),
      notAfter: new Date('2020-02-01'),
    });
    folder.write('old.pem', old.certificate);
    expect(problem({ tlsCertificate: folder.file('old.pem') })).toContain(
      'expired at 2020-02-01T00:00:00.000Z, expected a valid certificate',
    );
  });

  it('rubbish', () => {
    folder.write('rubbish.pem', 'rubbish');
    const path = folder.file('rubbish.pem');
    expect(problem({ tlsCertificate: path })).toContain('cannot be used, expected a PEM certificate');
    expect(problem({ tlsKey: path })).toContain(
      'cannot be used, expected a PEM private key without a password',
    );
    expect(problem({ tlsClientCa: path })).toContain('PAIRSTREAM_TLS_CLIENT_CA');
  });

  it('but a key that everyone can read is a warning', () => {
    chmodSync(folder.file('server.key'), 0o644);
    const { warnings } = readTlsMaterial({ ...folder.settings, tlsClientCa: '' });
    expect(warnings).toEqual([expect.stringContaining('every user of this machine can read')]);
    chmodSync(folder.file('server.key'), 0o600);
  });
});
