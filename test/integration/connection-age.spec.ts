import { once } from 'node:events';
import { connect } from 'node:http2';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startTestGateway } from '../support/gateway/test-gateway.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';

const AGE_S = 1;
/** Ages for which a caller goes on. */
const AGES = 3;
const MS_PER_S = 1_000;

describe('PAIRSTREAM_MAX_CONNECTION_AGE_S', () => {
  it('asks callers to connect again, and loses no call', async () => {
    await using served = await startTestGateway({ maxConnectionAgeS: AGE_S });
    const session = connect(`http://${served.target}`);
    onTestFinished(() => session.destroy());
    const asked = once(session, 'goaway');
    const request = requestOf(await exampleRows(10));
    const endMs = performance.now() + AGES * AGE_S * MS_PER_S;
    let count = 0;
    while (performance.now() < endMs) {
      const answers = await Promise.all([served.client.predict(request), served.client.predict(request)]);
      count += answers.filter(({ rung }) => rung === 'full').length;
    }
    expect(count).toBeGreaterThan(0);
    expect(await asked).toBeDefined();
    const streamed = await Array.fromAsync(served.client.predictStream([request, request]));
    expect(streamed).toHaveLength(2);
  });
});

describe('PAIRSTREAM_MAX_CONNECTION_IDLE_S', () => {
  it('closes a connection without an open call', async () => {
    await using served = await startTestGateway({ maxConnectionIdleS: 1 });
    const session = connect(`http://${served.target}`);
    onTestFinished(() => session.destroy());
    await once(session, 'close');
    expect((await served.client.getServerInfo()).releaseId).toBe(served.release.id);
  });
});
