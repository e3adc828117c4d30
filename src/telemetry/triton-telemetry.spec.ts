import pino from 'pino';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { TritonTelemetry } from './triton-telemetry.js';

describe('TritonTelemetry', () => {
  function create(): { registry: Registry; telemetry: TritonTelemetry } {
    const registry = new Registry();
    return { registry, telemetry: new TritonTelemetry(registry, pino({ level: 'silent' }), 0) };
  }

  it('counts how often a model that took calls was taken out of service, not its checks', async () => {
    const { registry, telemetry } = create();
    telemetry.replicaModelChanged('a:1', 'm', 'not checked yet');
    telemetry.replicaModelChanged('a:1', 'm', undefined);
    telemetry.replicaModelChanged('a:1', 'm', 'broken');
    telemetry.replicaModelChanged('a:1', 'm', 'still broken');
    expect(await registry.metrics()).toContain('pairstream_triton_ejections_total{target="a:1",model="m"} 1');
  });

  it('writes one log line for each ejection, readmission and reload, and counts them', async () => {
    const lines: string[] = [];
    const registry = new Registry();
    const logger = pino(
      {},
      { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) },
    );
    const telemetry = new TritonTelemetry(registry, logger, 0);
    telemetry.replicaModelChanged('a:1', 'm', undefined);
    telemetry.replicaModelChanged('a:1', 'm', 'broken');
    telemetry.replicaModelReloaded('a:1', 'm', 'no memory');
    telemetry.replicaModelReloaded('a:1', 'm', undefined);
    telemetry.replicaModelChanged('a:1', 'm', undefined);
    expect(lines).toEqual([
      'a Triton server serves a model',
      'a model was ejected on a Triton server',
      'a failing model could not be reloaded on a Triton server',
      'a failing model was reloaded on a Triton server',
      'a model was readmitted on a Triton server',
    ]);
    const page = await registry.metrics();
    expect(page).toContain('pairstream_triton_readmissions_total{target="a:1",model="m"} 1');
    expect(page).toContain('pairstream_triton_reloads_total{target="a:1",model="m",outcome="ok"} 1');
    expect(page).toContain('pairstream_triton_reloads_total{target="a:1",model="m",outcome="failed"} 1');
  });

  it('forgets a server that is none any more, and no other', async () => {
    const { registry, telemetry } = create();
    for (const target of ['a:1', 'a:11']) {
      telemetry.replicaModelChanged(target, 'm', undefined);
      telemetry.replicaModelChanged(target, 'm', 'broken');
      telemetry.replicaConnected(target, 'grpc', undefined);
      telemetry.replicaCalled(target, 'm', 'ok', 1);
      telemetry.replicaPending(target, 3);
      telemetry.replicaMemoryKept(target, 4_096);
    }
    telemetry.replicaGone('a:1');
    await expect.poll(() => registry.metrics()).not.toContain('target="a:1"');
    const page = await registry.metrics();
    expect(page).toContain('pairstream_triton_pending_rows{target="a:11"} 3');
    expect(page).toContain('pairstream_triton_call_seconds_count{target="a:11",model="m",outcome="ok"} 1');
  });
});
