import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FinishedProgram, runProgram } from '../support/run-program.js';
import { ROOT, startTestGateway, type TestGateway } from '../support/test-gateway.js';

/** Building grpcurl takes a minute on a small machine. */
const INSTALL_MS = 900_000;
const NOT_HERE = 3;

describe('grpcurl', () => {
  let installed: FinishedProgram;
  let served: TestGateway;
  const call = (args: readonly string[], input?: string): Promise<FinishedProgram> =>
    runProgram(installed.stdout.trim(), ['-plaintext', ...args], {}, input);

  beforeAll(async () => {
    installed = await runProgram(join(ROOT, 'scripts/install-grpcurl.sh'), [join(ROOT, '.work/bin')]);
    served = await startTestGateway();
  }, INSTALL_MS);
  afterAll(() => served[Symbol.asyncDispose]());

  it('lists services and describes them by reflection', async (context) => {
    if (installed.status === NOT_HERE) context.skip(installed.stderr);
    const listed = await call([served.target, 'list']);
    expect(listed).toMatchObject({ status: 0 });
    const names = ['grpc.health.v1.Health', 'pairstream.v1.PairService'];
    for (const name of names) expect(listed.stdout).toContain(name);
    const described = await call([served.target, 'describe', 'pairstream.v1.PredictRequest']);
    expect(described.stdout).toContain('uint32 timeout_ms = 2');
  });

  it('checks health', async (context) => {
    if (installed.status === NOT_HERE) context.skip(installed.stderr);
    const request = '{"service":"pairstream.v1.PairService"}';
    const checked = await call(['-d', request, served.target, 'grpc.health.v1.Health/Check']);
    expect(JSON.parse(checked.stdout)).toEqual({ status: 'SERVING' });
  });

  it("calls Predict with the README's JSON", async (context) => {
    if (installed.status === NOT_HERE) context.skip(installed.stderr);
    const json = readFileSync(join(ROOT, 'examples/predict.json'), 'utf8');
    const predicted = await call(['-d', '@', served.target, 'pairstream.v1.PairService/Predict'], json);
    expect(predicted).toMatchObject({ status: 0, stderr: '' });
    const answer = JSON.parse(predicted.stdout) as { sequence: string; like: number[]; release_id: string };
    expect(answer).toMatchObject({ sequence: '1', release_id: served.gateway.release.id });
    expect(answer.like).toHaveLength(3);
    expect(answer.like.every((value) => value > 0 && value < 1)).toBe(true);
  });
});
