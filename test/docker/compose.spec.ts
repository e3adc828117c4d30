import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { PairstreamClient } from '@pairstream/client';
import { ComposeProject } from '../support/processes/compose.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { runProgram } from '../support/processes/run-program.js';
import { logLines, servingAddress } from '../support/gateway/serve-log.js';
import { ROOT, startTestGateway } from '../support/gateway/test-gateway.js';
import { prepareTritonContainers } from '../support/triton/triton-container.js';
import { farthest } from '../support/gateway/triton-gateway.js';
import { freePorts, missingRunner, PREPARE_MS } from '../support/triton/triton-server.js';

const PAIRS = 1_000;
const TOLERANCE = 1e-5;
const SOON = { timeout: 150_000, interval: 200 };
/** A Triton beside two other test files takes minutes to load and warm its models on a slow machine. */
const STARTED = { timeout: 400_000, interval: 200 };
const MIB = 2 ** 20;
const GATEWAY_IMAGE = 'pairstream-gateway';
/** Exit code of a process that SIGTERM ended by default, as tini passes it on. */
const TERMINATED = 143;

describe('docker/compose.yaml', () => {
  let missing: { readonly reason: string } | undefined;
  let project: ComposeProject | undefined;
  let client: PairstreamClient;
  let adminUrl: string;
  let tritonImage: string;

  beforeAll(async () => {
    const containers = await prepareTritonContainers();
    if (containers.isOptionalAndMissing) {
      missing = containers;
      return;
    }
    tritonImage = (await runProgram(join(ROOT, 'scripts/triton-image.sh'), [])).stdout.trim();
    const { grpc, http } = await freePorts();
    const name = `pairstream-test-${process.pid}`;
    project = await ComposeProject.find(name, {
      TRITON_IMAGE: tritonImage,
      GATEWAY_IMAGE,
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
    await expect.poll(isReady, STARTED).toBe(true);
    const request = requestOf(await exampleRows(PAIRS));
    await using embedded = await startTestGateway();
    const expected = await embedded.client.predict(request);
    expect(farthest(await client.predict(request), expected)).toBeLessThan(TOLERANCE);
    expect(await transport()).toBe('shared_memory');
  });

  it('runs as nobody, small, and Docker knows its health', async () => {
    expect(await project!.inspect('gateway', '{{.Config.User}}')).toBe('10001');
    const image = await project!.inspect('gateway', '{{.Image}}');
    const size = await runProgram('docker', ['image', 'inspect', '--format', '{{.Size}}', image]);
    expect(Number(size.stdout)).toBeLessThan(400 * MIB);
    await expect.poll(() => project!.inspect('gateway', '{{.State.Health.Status}}'), SOON).toBe('healthy');
    expect(await project!.run('logs', 'gateway')).toContain('"msg":"serving"');
  });

  it(
    'waits for a Triton that is made anew, whose memory it does not see, and goes on by gRPC',
    { timeout: PREPARE_MS },
    async () => {
      showLogsOnFailure();
      await project!.run('stop', 'triton');
      await expect.poll(isReady, SOON).toBe(false);
      await project!.run('start', 'triton');
      await expect.poll(isReady, STARTED).toBe(true);
      expect(await transport()).toBe('grpc');
      const { like } = await client.predict(requestOf(await exampleRows(PAIRS)));
      expect(like.every((value) => value > 0 && value < 1)).toBe(true);
    },
  );

  it('answers what is in flight and stops at SIGTERM', async () => {
    await project!.run('stop', 'gateway');
    expect(await project!.inspect('gateway', '{{.State.ExitCode}}')).toBe('0');
  });

  describe('the images alone', () => {
    const containers: string[] = [];
    afterAll(async () => {
      if (containers.length > 0) await docker('rm', '--force', '--volumes', ...containers);
    }, PREPARE_MS);

    async function docker(...args: string[]): Promise<string> {
      const { status, stdout, stderr } = await runProgram('docker', args);
      if (status !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`);
      return stdout.trim();
    }

    async function start(...args: string[]): Promise<string> {
      const id = await docker('run', '--detach', '--network', 'none', ...args);
      containers.push(id);
      return id;
    }

    async function logOf(id: string): Promise<string> {
      const { stdout, stderr } = await runProgram('docker', ['logs', id]);
      return stdout + stderr;
    }

    it.each<[string, string[]]>([
      ['as they come', []],
      ['on a read-only root, as any user', ['--read-only', '--user', '54321:54321']],
      ['on one core of a CPU set', ['--cpuset-cpus', '0']],
      ['on half a core', ['--cpus', '0.5']],
    ])(
      'serve %s, write JSON lines alone, and end at SIGTERM',
      { timeout: PREPARE_MS },
      async (_name, args) => {
        const id = await start(...args, GATEWAY_IMAGE);
        await expect.poll(async () => servingAddress(await logOf(id)), SOON).toBe('0.0.0.0:50051');
        await docker('stop', id);
        expect(await docker('wait', id)).toBe('0');
        expect(logLines(await logOf(id)).map(({ msg }) => msg)).toEqual(['serving', 'stopping', 'stopped']);
      },
    );

    it('of Triton serves on a read-only root, as any user', { timeout: PREPARE_MS }, async () => {
      const models = `${join(ROOT, 'triton-models')}:/models:ro`;
      const args = ['--read-only', '--tmpfs', '/tmp', '--user', '54321:54321', '--shm-size', '1g'];
      const id = await start(...args, '--volume', models, tritonImage);
      await expect.poll(() => logOf(id), SOON).toContain('Started GRPCInferenceService');
      await docker('stop', '--time', '30', id);
      expect(await docker('wait', id)).toBe('0');
    });

    it.each([0, 20, 100, 400])(
      'end at a SIGTERM %d ms after the start',
      { timeout: PREPARE_MS },
      async (delayMs) => {
        const ids = [
          await start(GATEWAY_IMAGE),
          await start('--volume', `${join(ROOT, 'triton-models')}:/models:ro`, tritonImage),
        ];
        await new Promise((resolve) => setTimeout(resolve, delayMs));
        await docker('kill', '--signal', 'TERM', ...ids);
        for (const id of ids) expect([0, TERMINATED]).toContain(Number(await docker('wait', id)));
      },
    );
  });
});
