import { describe, expect, it } from 'vitest';
import { PairstreamClient } from '@pairstream/client';
import { hostAndPort } from '../../src/config/listen-host.js';
import { type Config, loadConfig } from '../../src/config/config.js';
import { type Gateway, startGateway } from '../../src/gateway/gateway.js';
import { SmallBackend, SmallPipeline } from '../support/pipelines/small-pipeline.js';

/** Starts a gateway on free ports, with the settings as an operator writes them. */
async function startOn(pipeline: string, environment: Record<string, string>): Promise<Gateway> {
  const config: Config = loadConfig({
    PAIRSTREAM_GRPC_PORT: '0',
    PAIRSTREAM_ADMIN_PORT: '0',
    PAIRSTREAM_LOG_LEVEL: 'silent',
    PAIRSTREAM_INSECURE: 'on',
    PAIRSTREAM_PIPELINE: pipeline,
    ...environment,
  });
  return startGateway(config, { backend: new SmallBackend() });
}

describe('PAIRSTREAM_HOST and PAIRSTREAM_ADMIN_HOST', () => {
  it.each([
    ['127.0.0.1', ['127.0.0.1']],
    ['0.0.0.0', ['127.0.0.1']],
    ['::1', ['::1']],
    ['[::1]', ['::1']],
    ['::', ['::1', '127.0.0.1']],
    ['[::]', ['::1', '127.0.0.1']],
    ['localhost', ['localhost']],
  ])('%s answers on both ports', async (host, callable) => {
    using pipeline = new SmallPipeline();
    const gateway = await startOn(pipeline.path, { PAIRSTREAM_HOST: host, PAIRSTREAM_ADMIN_HOST: host });
    await gateway.served;
    for (const address of callable) {
      const client = new PairstreamClient({ target: hostAndPort(address, gateway.grpcPort) });
      await client.waitForReady(10_000);
      client.close();
      const health = await fetch(`http://${hostAndPort(address, gateway.adminPort)}/healthz`);
      expect(health.status).toBe(200);
    }
    await gateway.close();
  });

  it('listen apart: the admin port stays on loopback when gRPC takes callers from everywhere', async () => {
    using pipeline = new SmallPipeline();
    const gateway = await startOn(pipeline.path, { PAIRSTREAM_HOST: '::' });
    await gateway.served;
    const client = new PairstreamClient({ target: hostAndPort('::1', gateway.grpcPort) });
    await client.waitForReady(10_000);
    client.close();
    expect((await fetch(`http://127.0.0.1:${gateway.adminPort}/healthz`)).status).toBe(200);
    await expect(fetch(`http://[::1]:${gateway.adminPort}/healthz`)).rejects.toThrow('fetch failed');
    await gateway.close();
  });

  it.each([
    ['PAIRSTREAM_HOST', '0.0.0.0'],
    ['PAIRSTREAM_HOST', '::'],
    ['PAIRSTREAM_ADMIN_HOST', '192.0.2.1'],
    ['PAIRSTREAM_ADMIN_HOST', 'gateway.example.org'],
  ])('%s=%s needs TLS and authentication, or a word for their absence', async (variable, host) => {
    using pipeline = new SmallPipeline();
    const environment = { [variable]: host, PAIRSTREAM_INSECURE: 'off' };
    const error = await startOn(pipeline.path, environment).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'INVALID_CONFIG',
      message: `${variable}: "${host}" lets other machines call the gateway, expected PAIRSTREAM_TLS_CERTIFICATE and PAIRSTREAM_TLS_KEY and PAIRSTREAM_CALLERS_FILE with it, or PAIRSTREAM_INSECURE=on to allow calls without them`,
    });
  });

  it.each([
    ['PAIRSTREAM_HOST', '192.0.2.1'],
    ['PAIRSTREAM_HOST', '2001:db8::1'],
    ['PAIRSTREAM_ADMIN_HOST', '192.0.2.1'],
    ['PAIRSTREAM_ADMIN_HOST', '2001:db8::1'],
  ])('%s=%s stops the start with one line', async (variable, host) => {
    using pipeline = new SmallPipeline();
    const error = await startOn(pipeline.path, { [variable]: host }).catch((reason: unknown) => reason);
    const message = `${variable}: "${host}" is not an address of this machine`;
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', message: expect.stringContaining(message) });
  });
});
