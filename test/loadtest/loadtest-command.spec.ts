import type { ServerDuplexStream } from '@grpc/grpc-js';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messageType, METHOD, PAIRSTREAM_MESSAGES } from '@pairstream/client/wire';
import { loadReportSchema } from '../../src/loadtest/result/load-report.js';
import { ScriptedServer } from '../support/network/scripted-server.js';
import { runCommand } from '../support/processes/cli-process.js';
import { TWO_MODELS } from '../support/pipelines/cut-pipeline.js';
import { startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';

const folder = mkdtempSync(join(tmpdir(), 'loadtest-'));
const SHORT = ['--warm-up-s', '0', '--rows', '500'];
let served: TestGateway;

beforeAll(async () => {
  // A gateway that others on a busy machine slow down must not refuse the messages.
  served = await startTestGateway({ pipeline: TWO_MODELS, maxQueueMs: Infinity });
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const loadtest = (...args: readonly string[]) =>
  runCommand(['loadtest', '--target', served.target, ...SHORT, ...args]);

describe('pairstream loadtest', () => {
  it('measures a sweep by several callers, and writes table, JSON and page', async () => {
    const [json, html] = [join(folder, 'r.json'), join(folder, 'r.html')];
    const load = '--rate 20,40 --arrivals constant --duration-s 1 --pairs 1:0.5,10:0.5 --callers 2';
    const { exitCode, stdout } = await loadtest(...load.split(' '), '--json', json, '--html', html);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^load .*goodput pairs\/s .*lost +doubled/m);
    expect(stdout).toMatch(/^20 messages\/s, constant .* 20 +20 +0 +0 +0 +0 /m);
    expect(stdout).toMatch(/load test: [\d.,]+ us CPU per message/);
    const report = loadReportSchema.parse(JSON.parse(readFileSync(json, 'utf8')));
    expect(report).toMatchObject({
      target: served.target,
      gateway: { releaseId: expect.stringMatching(/^[0-9a-f]{16}$/) },
      settings: { callerShares: [1, 1], timeoutMs: null },
      best: null,
    });
    expect(
      report.steps.map(({ arrived, inTime, lost, doubled }) => [
        arrived.messages,
        inTime.messages,
        lost,
        doubled,
      ]),
    ).toEqual([
      [20, 20, 0, 0],
      [40, 40, 0, 0],
    ]);
    for (const { latencyMs, arrived, inTime, rungs, bySize, byCaller } of report.steps) {
      expect(latencyMs?.count).toBe(arrived.messages);
      expect(inTime.pairs).toBe(arrived.pairs);
      expect(rungs.reduce((sum, { pairs }) => sum + pairs, 0)).toBe(arrived.pairs);
      expect(bySize.reduce((sum, { sent }) => sum + sent, 0)).toBe(arrived.messages);
      expect(byCaller).toHaveLength(2);
    }
    const page = readFileSync(html, 'utf8');
    expect(page.match(/<svg /g)).toHaveLength(2);
    expect(page).not.toMatch(/(src|href)="|<script|NaN|undefined/);
  });

  it('prints JSON in place of the table', async () => {
    const { stdout } = await loadtest(
      '--in-flight',
      '2',
      '--transport',
      'stream',
      '--streams',
      '2',
      '--duration-s',
      '0.5',
      '--json',
    );
    const [step] = loadReportSchema.parse(JSON.parse(stdout)).steps;
    expect(step).toMatchObject({
      loop: 'closed',
      transport: 'stream',
      inFlight: 2,
      lost: 0,
      doubled: 0,
      targetMessagesPerS: null,
    });
    expect(step?.inTime.messages).toBeGreaterThan(0);
    expect(step?.inTime).toEqual(step?.arrived);
  });

  it('replays recorded times', async () => {
    const times = join(folder, 'times.txt');
    writeFileSync(times, '1000\n1001\n1001.5\n1004\n');
    const { stdout } = await loadtest('--replay', times, '--speed', '10x', '--pairs', '5', '--json');
    const [step] = loadReportSchema.parse(JSON.parse(stdout)).steps;
    expect(step).toMatchObject({
      arrivals: 'replay',
      arrived: { messages: 4, pairs: 20 },
      inTime: { messages: 4 },
    });
  });

  it('measures rates as multiples of the best rate', async () => {
    const { stdout } = await loadtest('--rate', '0.2x', '--duration-s', '0.3', '--pairs', '5', '--json');
    const { best, steps } = loadReportSchema.parse(JSON.parse(stdout));
    expect(steps.at(-1)?.targetMessagesPerS).toBeCloseTo(0.2 * best!.messagesPerS, 6);
    expect(steps[0]).toMatchObject({ loop: 'closed', inFlight: 1 });
  });

  it('counts refusals by status and reason', async () => {
    const { stdout } = await loadtest(
      '--rate',
      '20',
      '--duration-s',
      '0.5',
      '--timeout-ms',
      '0.01',
      '--json',
    );
    const [step] = loadReportSchema.parse(JSON.parse(stdout)).steps;
    const { refused, arrived, inTime, late, lost } = step!;
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every(({ status }) => status === 'DEADLINE_EXCEEDED')).toBe(true);
    const refusedCount = refused.reduce((sum, { messages }) => sum + messages, 0);
    expect(refusedCount + inTime.messages + late.messages + lost).toBe(arrived.messages);
  });

  it('refuses messages that are larger than the gateway accepts, and leaves no file', async () => {
    const json = join(folder, 'none.json');
    const { exitCode, stdout } = await loadtest('--rate', '1', '--pairs', '900000', '--json', json);
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      error: {
        code: 'INVALID_CONFIG',
        message: expect.stringMatching(/^--pairs has messages of 900000 pairs, expected at most \d+/),
      },
    });
    expect(existsSync(json)).toBe(false);
  });

  it('measures another server of the same protocol, and counts doubled responses', async () => {
    const answerTwice = (call: ServerDuplexStream<Buffer, Buffer>): void => {
      call.on('data', (request: Buffer) => {
        const { sequence } = PAIRSTREAM_MESSAGES.decode('pairstream.v1.PredictRequest', request);
        const response = messageType('pairstream.v1.PredictResponse')
          .encode({ sequence, like: [0.5] })
          .finish();
        call.write(Buffer.from(response));
        call.write(Buffer.from(response));
      });
      call.on('end', () => call.end());
    };
    using server = await ScriptedServer.start({}, { [METHOD.PredictStream.path]: answerTwice });
    const load =
      '--rate 20 --arrivals constant --duration-s 0.5 --warm-up-s 0 --pairs 1 --transport stream --json';
    const { stdout } = await runCommand(['loadtest', '--target', server.target, ...load.split(' ')]);
    const { gateway, steps } = loadReportSchema.parse(JSON.parse(stdout));
    expect(gateway).toBeNull();
    expect(steps).toMatchObject([
      { arrived: { messages: 10 }, inTime: { messages: 10 }, doubled: 10, lost: 0 },
    ]);
  });

  it('tells that no gateway answers', { timeout: 60_000 }, async () => {
    const { exitCode, stderr } = await runCommand(['loadtest', '--target', '127.0.0.1:1', '--rate', '1']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^no gateway answers at 127.0.0.1:1 within 10000 ms \(.*\)\n$/);
  });
});
