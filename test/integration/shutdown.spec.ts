import { Client, credentials, loadPackageDefinition, Metadata } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath as healthProtoPath } from 'grpc-health-check';
import { describe, expect, it } from 'vitest';
import { PairstreamClient, ServerError } from '../../src/client/index.js';
import { exampleRows, requestOf } from '../support/example-rows.js';
import { GatedBackend } from '../support/gated-backend.js';
import { startTestGateway } from '../support/test-gateway.js';

const identity = (bytes: Buffer): Buffer => bytes;
const NOT_SERVING = 'NOT_SERVING';

/** Statuses that Health/Watch tells, as they come. */
function watchHealth(target: string): { statuses: string[]; stop: () => void } {
  const definition = loadSync(healthProtoPath, { enums: String });
  loadPackageDefinition(definition);
  const method = (
    definition['grpc.health.v1.Health'] as Record<string, { responseDeserialize: (b: Buffer) => object }>
  )['Watch']!;
  const client = new Client(target, credentials.createInsecure());
  const call = client.makeServerStreamRequest<Buffer, { status: string }>(
    '/grpc.health.v1.Health/Watch',
    identity,
    (bytes) => method.responseDeserialize(bytes) as { status: string },
    Buffer.alloc(0),
    new Metadata(),
  );
  const statuses: string[] = [];
  call.on('data', ({ status }: { status: string }) => statuses.push(status));
  call.on('error', () => undefined);
  return { statuses, stop: () => client.close() };
}

describe('a gateway that shuts down', () => {
  it('says NOT_SERVING, answers what is in flight, refuses what is new, ends its streams', async () => {
    const backend = new GatedBackend();
    const { gateway, predictor, client, target } = await startTestGateway({}, { backend });
    const other = new PairstreamClient({ target });
    const rows = await exampleRows(20);
    const health = watchHealth(target);
    await expect.poll(() => health.statuses).toEqual(['SERVING']);
    backend.closeGate();
    let sendSecond: () => void = () => undefined;
    const second = new Promise<void>((resolve) => {
      sendSecond = resolve;
    });
    async function* requests() {
      yield requestOf(rows);
      await second;
      yield requestOf(rows);
    }
    const answering = Array.fromAsync(client.predictStream(requests()));
    await expect.poll(() => predictor.inFlightPairCount).toBe(rows.length);

    const closing = gateway.close();
    await expect.poll(() => health.statuses).toEqual(['SERVING', NOT_SERVING]);
    sendSecond();
    await expect(other.predict(requestOf(rows))).rejects.toMatchObject({ code: 14, reason: 'SHUTTING_DOWN' });
    backend.release();
    const outputs = (await answering).sort((a, b) => a.index - b.index).map(({ output }) => output);
    expect(outputs[0]).toMatchObject({ rowStatus: [] });
    expect(outputs.slice(1).every((output) => output instanceof ServerError)).toBe(true);
    health.stop();
    other.close();
    client.close();
    await closing;
  });

  it('does not wait longer than it was told for a model that is stuck', async () => {
    const backend = new GatedBackend();
    const { gateway, predictor, client } = await startTestGateway({ drainTimeoutMs: 200 }, { backend });
    backend.closeGate();
    const stuck = client.predict(requestOf(await exampleRows(5))).catch((error: unknown) => error);
    await expect.poll(() => predictor.inFlightPairCount).toBe(5);
    await gateway.close();
    expect(await stuck).toBeInstanceOf(ServerError);
    client.close();
  });

  it('is not ready any more by /readyz while it drains', async () => {
    const backend = new GatedBackend();
    const { gateway, predictor, client, adminUrl } = await startTestGateway(
      { drainTimeoutMs: 5_000 },
      { backend },
    );
    backend.closeGate();
    const answer = client.predict(requestOf(await exampleRows(5)));
    await expect.poll(() => predictor.inFlightPairCount).toBe(5);
    const closing = gateway.close();
    const response = await fetch(`${adminUrl}/readyz`);
    expect(response.status).toBe(503);
    expect(JSON.stringify(await response.json())).toContain('shutting down');
    backend.release();
    await expect(answer).resolves.toMatchObject({ rowStatus: [] });
    client.close();
    await closing;
  });
});
