import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { type MeasuredModel, registerModelMetrics } from './model-metrics.js';

describe('the metrics of models', () => {
  async function seriesOf(models: readonly MeasuredModel[]): Promise<string[]> {
    const registry = new Registry();
    registerModelMetrics(registry, () => models);
    const page = await registry.metrics();
    return page.split('\n').filter((line) => line.startsWith('pairstream_'));
  }

  it('tell version, engine, load time and memory of each model', async () => {
    const models = [
      { name: 'xgb1', version: '1', engine: 'forest', loadMs: 250, memoryBytes: 4_096 },
      { name: 'nn1', version: '2', engine: 'onnxruntime', loadMs: 1_500 },
      { name: 'nn2', version: '1', engine: 'triton' },
    ];
    expect(await seriesOf(models)).toEqual([
      'pairstream_model_info{model="xgb1",version="1",engine="forest"} 1',
      'pairstream_model_info{model="nn1",version="2",engine="onnxruntime"} 1',
      'pairstream_model_info{model="nn2",version="1",engine="triton"} 1',
      'pairstream_model_load_seconds{model="xgb1"} 0.25',
      'pairstream_model_load_seconds{model="nn1"} 1.5',
      'pairstream_model_memory_bytes{model="xgb1"} 4096',
    ]);
  });

  it('forget a model that is unloaded, and tell the engine that runs a model now', async () => {
    const registry = new Registry();
    let models: MeasuredModel[] = [
      { name: 'a', version: '1', engine: 'forest', loadMs: 1, memoryBytes: 1 },
      { name: 'b', version: '1', engine: 'forest', loadMs: 1, memoryBytes: 1 },
    ];
    registerModelMetrics(registry, () => models);
    expect(await registry.metrics()).toContain('model="b"');
    models = [{ name: 'a', version: '1', engine: 'onnxruntime', loadMs: 2 }];
    const page = await registry.metrics();
    expect(page).not.toContain('model="b"');
    expect(page).not.toContain('engine="forest"');
    expect(page).not.toContain('pairstream_model_memory_bytes{');
    expect(page).toContain('pairstream_model_info{model="a",version="1",engine="onnxruntime"} 1');
  });
});
