import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  prepareTritonContainers,
  type TritonContainer,
  type TritonContainers,
} from '../support/triton/triton-container.js';
import { PREPARE_MS, sharedMemoryFiles } from '../support/triton/triton-server.js';
import { floats, matrix, TritonHttp } from './triton-http.js';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const PAUSE_MS = 300;
const INPUTS = { a: matrix('FP32', [[5]]), b: matrix('FP32', [[3]]) };

describe('a Triton in a container', () => {
  let triton: TritonContainers;
  let container: TritonContainer;
  let http: TritonHttp;

  beforeAll(async () => {
    triton = await prepareTritonContainers();
    if (triton.isOptionalAndMissing) return;
    container = await triton.start({
      repositories: [FIXTURES],
      modelControl: 'explicit',
      flags: ['--load-model=sums'],
      sharesHostIpc: true,
    });
    http = new TritonHttp(container.httpPort, container.metricsPort);
  }, PREPARE_MS);
  afterAll(() => container?.stop());
  beforeEach((context) => {
    if (triton.isOptionalAndMissing) context.skip(triton.reason);
  });

  const sum = async (): Promise<number> => floats((await http.infer('sums', INPUTS))['sum'])[0]!;

  it('serves what it was told to load, with the shared memory of this machine', async () => {
    expect(await sum()).toBe(8);
    await expect(http.infer('lookup', INPUTS)).rejects.toThrow("unknown model: 'lookup' is not found");
    const files = sharedMemoryFiles(await container.processId());
    expect(files.filter((file) => existsSync(file))).not.toEqual([]);
  });

  it('holds a request while it is paused, and answers it afterwards', async () => {
    await container.pause();
    let isAnswered = false;
    const held = sum().finally(() => (isAnswered = true));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    expect(isAnswered).toBe(false);
    await container.unpause();
    expect(await held).toBe(8);
  });

  it('is gone when it is killed, leaves nothing behind, and comes back on the same ports', async () => {
    const before = await container.processId();
    const files = sharedMemoryFiles(before);
    await container.kill();
    await expect(sum()).rejects.toThrow('fetch failed');
    expect(files.filter((file) => existsSync(file))).toEqual([]);
    await container.start();
    expect(await container.processId()).not.toBe(before);
    expect(await sum()).toBe(8);
    expect(await container.logs()).toMatch(/successfully loaded 'sums'/);
  });
});
