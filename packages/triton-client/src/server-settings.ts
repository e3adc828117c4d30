import type { InferenceCalls, TritonCallOptions } from './inference-calls.js';
import type { LogSettings } from './server-messages.js';

/** Trace settings by name, for instance `trace_level: ['TIMESTAMPS']`. */
export type TraceSettings = Readonly<Record<string, readonly string[]>>;

/** Trace and log settings of a server. */
export class ServerSettings {
  constructor(private readonly calls: InferenceCalls) {}

  /**
   * Changes trace settings. @returns all trace settings after the change
   * @param changes default: none; an empty list resets a setting to its default
   * @param modelName default: the global settings, which apply to models without settings of their own
   * @throws TritonError
   */
  async trace(
    changes: TraceSettings = {},
    modelName = '',
    options?: TritonCallOptions,
  ): Promise<TraceSettings> {
    const settings = mapValues(changes, (value) => ({ value }));
    const answer = await this.calls.call('TraceSetting', { settings, modelName }, options);
    return mapValues(answer.settings, ({ value }) => value);
  }

  /** Changes log settings. @param changes default: none @returns all log settings after the change @throws TritonError */
  async log(changes: LogSettings = {}, options?: TritonCallOptions): Promise<LogSettings> {
    const settings = mapValues(changes, (value) => {
      if (typeof value === 'boolean') return { boolParam: value };
      return typeof value === 'number' ? { uint32Param: value } : { stringParam: value };
    });
    const answer = await this.calls.call('LogSettings', { settings }, options);
    return mapValues(
      answer.settings,
      ({ boolParam, uint32Param, stringParam }) => boolParam ?? uint32Param ?? stringParam ?? '',
    );
  }
}

function mapValues<V, W>(record: Readonly<Record<string, V>>, change: (value: V) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
