import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Images, prepareImages } from '../support/docker/images.js';
import { logLines, servingAddress } from '../support/gateway/serve-log.js';
import { ROOT } from '../support/gateway/test-gateway.js';
import { TWO_MODEL_FOLDERS } from '../support/pipelines/cut-pipeline.js';
import { runProgram } from '../support/processes/run-program.js';
import { PREPARE_MS } from '../support/triton/triton-server.js';

/** Containers take minutes to start beside two other test files on a slow machine. */
const PATIENCE = { timeout: 600_000, interval: 200 };
/** Exit code of a process that SIGTERM ended by default, as tini passes it on. */
const TERMINATED = 143;

describe('the images of docker/', () => {
  let images: Images;
  const containers: string[] = [];
  beforeAll(async () => {
    images = await prepareImages();
  }, PREPARE_MS);
  beforeEach((context) => {
    if (images.isOptionalAndMissing) context.skip(images.reason);
  });
  afterAll(async () => {
    if (containers.length > 0) await docker('rm', '--force', '--volumes', ...containers);
  }, PREPARE_MS);

  async function docker(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await runProgram('docker', args);
    if (status !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  }

  async function start(...args: string[]): Promise<string> {
    const id = await docker(
      'run',
      '--detach',
      '--network',
      'none',
      '--env',
      'PAIRSTREAM_INSECURE=on',
      ...args,
    );
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
  ])('serve %s, write JSON lines alone, and end at SIGTERM', { timeout: PREPARE_MS }, async (_name, args) => {
    const id = await start(...args, images.gateway);
    await expect.poll(async () => servingAddress(await logOf(id)), PATIENCE).toBe('0.0.0.0:50051');
    await docker('stop', '--time', '120', id);
    expect(await docker('wait', id)).toBe('0');
    expect(logLines(await logOf(id)).map(({ msg }) => msg)).toEqual(['serving', 'stopping', 'stopped']);
  });

  it('of Triton serves on a read-only root, as any user', { timeout: PREPARE_MS }, async () => {
    // A model of each of the two backends.
    const models = TWO_MODEL_FOLDERS.flatMap((name) => [
      '--volume',
      `${join(ROOT, 'triton-models', name)}:/models/${name}:ro`,
    ]);
    const args = ['--read-only', '--tmpfs', '/tmp', '--user', '54321:54321', '--shm-size', '1g'];
    const id = await start(...args, ...models, images.triton);
    await expect.poll(() => logOf(id), PATIENCE).toContain('Started GRPCInferenceService');
    await docker('stop', '--time', '120', id);
    expect(await docker('wait', id)).toBe('0');
  });

  it.each([0, 20, 100, 400])(
    'end at a SIGTERM %d ms after the start',
    { timeout: PREPARE_MS },
    async (delayMs) => {
      const ids = [
        await start(images.gateway),
        await start('--volume', `${join(ROOT, 'triton-models')}:/models:ro`, images.triton),
      ];
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await docker('kill', '--signal', 'TERM', ...ids);
      for (const id of ids) expect([0, TERMINATED]).toContain(Number(await docker('wait', id)));
    },
  );
});
