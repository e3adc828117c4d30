import { Gauge, type Registry } from 'prom-client';

const MS_PER_S = 1_000;

/** A loaded model, as its metrics describe it. */
export interface MeasuredModel {
  readonly name: string;
  readonly version: string;
  /** Engine that runs the model. */
  readonly engine: string;
  /** Wall time of loading, milliseconds. If it is undefined, `pairstream_model_load_seconds` has no series of the model. */
  readonly loadMs?: number;
  /** If it is undefined, `pairstream_model_memory_bytes` has no series of the model. */
  readonly memoryBytes?: number;
}

type Labels = Record<string, string>;

/**
 * Adds the metrics of the loaded models to a registry. Every scrape reads the models anew, so that an unloaded model has no series.
 * @param loadedModels returns the models that are loaded now
 */
export function registerModelMetrics(registry: Registry, loadedModels: () => readonly MeasuredModel[]): void {
  const register = (
    name: string,
    help: string,
    labelNames: string[],
    seriesOf: (model: MeasuredModel) => readonly [Labels, number | undefined],
  ): void => {
    const gauge = new Gauge({
      name: `pairstream_model_${name}`,
      help,
      labelNames,
      registers: [registry],
      collect() {
        gauge.reset();
        for (const [labels, value] of loadedModels().map(seriesOf))
          if (value !== undefined) gauge.set(labels, value);
      },
    });
  };
  register(
    'info',
    '1 for each loaded model, with its version and the engine that runs it',
    ['model', 'version', 'engine'],
    ({ name: model, version, engine }) => [{ model, version, engine }, 1],
  );
  register('load_seconds', 'Wall time of the last load of a model', ['model'], ({ name: model, loadMs }) => [
    { model },
    loadMs === undefined ? undefined : loadMs / MS_PER_S,
  ]);
  register('memory_bytes', 'Bytes that a loaded model holds', ['model'], ({ name: model, memoryBytes }) => [
    { model },
    memoryBytes,
  ]);
}
