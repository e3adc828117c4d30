import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { PairstreamClient } from '@pairstream/client';
import { ComposeProject } from '../support/processes/compose.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { prepareImages } from '../support/docker/images.js';
import { runProgram } from '../support/processes/run-program.js';
import { startTestGateway } from '../support/gateway/test-gateway.js';
import { farthest } from '../support/gateway/triton-gateway.js';
import { freePorts, missingRunner, PREPARE_MS } from '../support/triton/triton-server.js';

const PAIRS = 1_000;
const TOLERANCE = 1e-5;
/** Triton takes minutes to load and warm up its models beside two other test files on a slow machine. */
const PATIENCE = { timeout: 600_000, interval: 200 };
const MIB = 2 ** 20;

describe('docker/compose.yaml', () => {
  let missing: { readonly reason: string } | undefined;
  let project: ComposeProject | undefined;
  let client: PairstreamClient;
  let adminUrl: string;

  beforeAll(async () => {
    const images = await prepareImages();
    if (images.isOptionalAndMissing) {
      missing = images;
      return;
    }
    const { grpc, http } = await freePorts();
    const name = `pairstream-test-${process.pid}`;
    project = await ComposeProject.find(name, {
      TRITON_IMAGE: images.triton,
      GATEWAY_IMAGE: images.gateway,
      GATEWAY_GRPC_PORT: String(grpc),
      GATEWAY_ADMIN_PORT: String(http),
    });
    if (project === undefined) {
      const { isOptionalAndMissing, reason } = missingRunner('no Docker Compose');
      if (!isOptionalAndMissing) throw new Error(reason);
      missing = { reason };
      return;
    }
    adminUrl = `http://127.0.0.1:${http}`;
    client = new PairstreamClient({ target: `127.0.0.1:${grpc}` });
    // From the cache of the build above.
    await project.run('build', 'gateway');
    await project.run('up', '-d', '--no-build');
  }, PREPARE_MS);
  afterAll(async () => {
    client?.close();
    await project?.[Symbol.asyncDispose]();
  }, PREPARE_MS);
  beforeEach((context) => {
    if (missing !== undefined) context.skip(missing.reason);
  });

  async function isReady(): Promise<boolean> {
    return (await fetch(`${adminUrl}/readyz`).catch(() => undefined))?.ok === true;
  }

  async function transport(): Promise<unknown> {
    const replicas = (await (await fetch(`${adminUrl}/backend`)).json()) as {
      replicas: { transport: string }[];
    };
    return replicas.replicas[0]?.transport;
  }

  /** Adds what both containers have logged to the report of a failed test. */
  function showLogsOnFailure(): void {
    onTestFailed(async () => console.error(await project!.run('logs', '--tail', '100')));
  }

  it('serves what the embedded gateway does, through shared memory', { timeout: PREPARE_MS }, async () => {
    showLogsOnFailure();
    await expect.poll(isReady, PATIENCE).toBe(true);
    const request = requestOf(await exampleRows(PAIRS));
    await using embedded = await startTestGateway();
    const expected = await embedded.client.predict(request);
    // The client has a connection to each worker thread.
    for (const answer of await Promise.all(Array.from({ length: 8 }, () => client.predict(request))))
      expect(farthest(answer, expected)).toBeLessThan(TOLERANCE);
    expect(await transport()).toBe('shared_memory');
    const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/^pairstream_triton_shared_memory_refusals_total 0$/m);
  });

  it('runs as nobody, small, and Docker knows its health', { timeout: PREPARE_MS }, async () => {
    expect(await project!.inspect('gateway', '{{.Config.User}}')).toBe('10001');
    const image = await project!.inspect('gateway', '{{.Image}}');
    const size = await runProgram('docker', ['image', 'inspect', '--format', '{{.Size}}', image]);
    expect(Number(size.stdout)).toBeLessThan(400 * MIB);
    await expect
      .poll(() => project!.inspect('gateway', '{{.State.Health.Status}}'), PATIENCE)
      .toBe('healthy');
    expect(await project!.run('logs', 'gateway')).toContain('"msg":"serving"');
  });

  it(
    'waits for a Triton that is made anew, whose memory it does not see, and goes on by gRPC',
    { timeout: PREPARE_MS },
    async () => {
      showLogsOnFailure();
      await project!.run('stop', 'triton');
      await expect.poll(isReady, PATIENCE).toBe(false);
      await project!.run('start', 'triton');
      await expect.poll(isReady, PATIENCE).toBe(true);
      expect(await transport()).toBe('grpc');
      const { like } = await client.predict(requestOf(await exampleRows(PAIRS)));
      expect(like.every((value) => value > 0 && value < 1)).toBe(true);
    },
  );

  it('answers what is in flight and stops at SIGTERM', async () => {
    await project!.run('stop', 'gateway');
    expect(await project!.inspect('gateway', '{{.State.ExitCode}}')).toBe('0');
  });
});
