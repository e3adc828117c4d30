import { loadSync } from '@grpc/proto-loader';
import { Client, credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { protoPath as healthProtoPath } from 'grpc-health-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerError } from '@pairstream/client';
import type { PartRow } from '../../src/pairs/part-row.js';
import { TARGETS } from '../../src/pairs/targets.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';

let served: TestGateway;
let rows: PartRow[];

beforeAll(async () => {
  [served, rows] = await Promise.all([startTestGateway(), exampleRows(3_000)]);
});
afterAll(() => served[Symbol.asyncDispose]());

/** In the order they run: a tower before the model that reads it. */
const SHIPPED_MODELS = [
  'xgb1',
  'xgb2',
  'xgb3',
  'nn1_tweet',
  'nn1',
  'nn2_tweet',
  'nn2',
  'nn3_tweet',
  'nn3',
  'xgb4',
  'xgb5',
];

describe('a served release', () => {
  it('says what it runs and accepts', async () => {
    const info = await served.client.getServerInfo();
    expect(info).toMatchObject({
      pipeline: 'recsys2021',
      targets: [...TARGETS],
      backend: 'embedded',
      maxPairsPerMessage: 100_000,
      releaseId: served.release.id,
    });
    const contentSha256: unknown = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(info.models).toEqual(
      SHIPPED_MODELS.map((name) => ({
        name,
        version: '1',
        contentSha256,
        engine: name.startsWith('xgb') ? 'forest' : 'onnxruntime',
      })),
    );
  });

  it('answers every pair with four probabilities that differ from pair to pair', async () => {
    const output = await served.client.predict(requestOf(rows));
    expect(output.rowStatus).toEqual([]);
    for (const target of TARGETS) {
      const values = output[target];
      expect(values).toHaveLength(rows.length);
      expect(values.every((value) => value > 0 && value < 1)).toBe(true);
      expect(new Set(values).size).toBeGreaterThan(rows.length / 2);
    }
    expect(output.timing.totalUs).toBeGreaterThan(output.timing.inferenceUs);
  });

  it('gives a pair the same answer in any company: alone, in a large message, over a stream', async () => {
    const whole = await served.client.predict(requestOf(rows));
    const alone = await served.client.predict(requestOf(rows.slice(700, 701)));
    const chunks = Array.from({ length: 30 }, (_, i) => requestOf(rows.slice(i * 100, (i + 1) * 100)));
    const streamed = new Float32Array(rows.length);
    for await (const { index, output } of served.client.predictStream(chunks)) {
      if (output instanceof ServerError) throw output;
      streamed.set(output.like, index * 100);
    }
    expect(alone.like[0]).toBe(whole.like[700]);
    expect(streamed).toEqual(whole.like);
  });

  it('computes features as of the time it is asked for', async () => {
    const request = requestOf(rows.slice(0, 50));
    const now = await served.client.predict(request);
    const yearsLater = requestOf(rows.slice(0, 50));
    yearsLater.pairs.asOfS = [rows[0]!.tweetCreatedAtS + 10 * 365 * 86_400];
    const later = await served.client.predict(yearsLater);
    expect(later.like).not.toEqual(now.like);
    const atOnce = requestOf(rows.slice(0, 50));
    atOnce.pairs.asOfS = [];
    const byClock = await served.client.predict(atOnce);
    expect(byClock.rowStatus).toEqual([]);
  });

  it('tells its metrics', async () => {
    await served.client.predict(requestOf(rows.slice(0, 10)));
    const text = await (await fetch(`${served.adminUrl}/metrics`)).text();
    expect(text).toMatch(/pairstream_messages_total\{outcome="OK"\} [1-9]/);
    expect(text).toMatch(/pairstream_in_flight_pairs 0\n/);
    expect(text).toMatch(/pairstream_in_flight_pairs_limit 200000/);
    expect(text).toMatch(/pairstream_waiting_rows 0\n/);
  });

  it.each(['/healthz', '/readyz'])('answers %s', async (path) => {
    const response = await fetch(`${served.adminUrl}${path}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'ok' });
  });

  it.each(['', 'pairstream.v1.PairService'])('is SERVING by the health service for "%s"', async (service) => {
    const healthPackage = loadPackageDefinition(loadSync(healthProtoPath)) as unknown as {
      grpc: {
        health: { v1: { Health: new (target: string, c: object) => Client & Record<string, Function> } };
      };
    };
    const health = new healthPackage.grpc.health.v1.Health(served.target, credentials.createInsecure());
    const status = await new Promise((resolve, reject) => {
      health['check']!({ service }, (error: Error | null, response: unknown) =>
        error ? reject(error) : resolve(response),
      );
    });
    health.close();
    expect(status).toMatchObject({ status: 1 });
  });
});
