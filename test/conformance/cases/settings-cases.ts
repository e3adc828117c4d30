import type { LogSettings, TraceSettings } from '@pairstream/triton-client';
import { CODE, failure, type ProtocolCase } from '../protocol-case.js';

const TRACE = {
  trace_level: ['OFF'],
  trace_mode: ['triton'],
  trace_rate: ['1000'],
  trace_count: ['-1'],
  trace_file: [''],
  log_frequency: ['0'],
};
const TRACE_DEFAULTS = { trace_level: [], trace_rate: [], trace_count: [], log_frequency: [] };
const LOG = {
  log_file: '',
  log_info: true,
  log_warning: true,
  log_error: true,
  log_verbose_level: 0,
  log_format: 'default',
};

/** Changes trace settings and takes them back. */
function traceCase(
  name: string,
  changes: TraceSettings,
  expected: unknown,
  modelName?: string,
): ProtocolCase {
  return {
    name: `trace: ${name}`,
    act: async ({ client }) => {
      try {
        return await client.settings.trace(changes, modelName);
      } finally {
        await client.settings.trace(TRACE_DEFAULTS);
      }
    },
    expected,
  };
}

/** Changes log settings and takes them back. */
function logCase(name: string, changes: LogSettings, expected: unknown): ProtocolCase {
  return {
    name: `log: ${name}`,
    act: async ({ client }) => {
      const { log_file: _file, ...before } = await client.settings.log();
      try {
        return await client.settings.log(changes);
      } finally {
        await client.settings.log(before);
      }
    },
    expected,
  };
}

function invalid(text: string): unknown {
  return failure('invalid_argument', CODE.INVALID_ARGUMENT, text);
}

/** Trace and log settings. */
export const SETTINGS_CASES: readonly ProtocolCase[] = [
  traceCase('all settings', {}, TRACE),
  traceCase(
    'a rate and a count',
    { trace_rate: ['10'], trace_count: ['5'] },
    { ...TRACE, trace_rate: ['10'], trace_count: ['5'] },
  ),
  traceCase('a rate of less than nothing', { trace_rate: ['-1'] }, { ...TRACE, trace_rate: ['4294967295'] }),
  traceCase('a setting and a level that are unknown', { nothing: ['1'], trace_level: ['ALL'] }, TRACE),
  traceCase('of one model', { trace_rate: ['20'] }, { ...TRACE, trace_rate: ['20'] }, 'sum'),
  {
    name: 'trace: the settings of a model are its own',
    act: async ({ client: { settings } }) => {
      await settings.trace({ trace_rate: ['20'] }, 'sum');
      const seen = [await settings.trace({}, 'sum'), await settings.trace()];
      await settings.trace({ trace_rate: [] }, 'sum');
      return [...seen, await settings.trace({}, 'sum')].map(({ trace_rate }) => trace_rate);
    },
    expected: [['20'], ['1000'], ['1000']],
  },
  traceCase(
    'of a model that is unknown',
    {},
    failure('unknown_model', CODE.INVALID_ARGUMENT, 'Request for unknown model : nothing'),
    'nothing',
  ),
  traceCase(
    'a rate that is no number',
    { trace_rate: ['x'] },
    invalid("Unable to parse 'trace_rate', got: x"),
  ),
  traceCase('two rates', { trace_rate: ['1', '2'] }, invalid("expect only 1 value for 'trace_rate'")),
  traceCase(
    'a count that is too small',
    { trace_count: ['-2'] },
    invalid("Unable to parse 'trace_count'. Expecting value >= -1, got: -2"),
  ),
  traceCase(
    'a level, without a file',
    { trace_level: ['TIMESTAMPS'] },
    invalid('Attempting to set invalid trace setting :trace file name is not given'),
  ),
  traceCase(
    'OFF and another level',
    { trace_level: ['OFF', 'TENSORS'] },
    invalid("Expect only one trace level 'OFF' is specified"),
  ),
  traceCase(
    'a file',
    { trace_file: ['x'] },
    failure(
      'unsupported',
      CODE.UNIMPLEMENTED,
      'trace file location can not be updated through network protocol',
    ),
  ),
  logCase('all settings', {}, LOG),
  logCase(
    'changes',
    { log_verbose_level: 1, log_info: false, log_format: 'ISO8601' },
    { ...LOG, log_verbose_level: 1, log_info: false, log_format: 'ISO8601' },
  ),
  logCase('a setting that is unknown', { nothing: true }, LOG),
  logCase(
    'a level that is a truth',
    { log_verbose_level: true },
    invalid("expect int32 for 'log_verbose_level'"),
  ),
  logCase('a truth that is text', { log_info: 'yes' }, invalid("expect boolean for 'log_info'")),
  logCase('a format that is a number', { log_format: 1 }, invalid("expect string for 'log_format'")),
  logCase(
    'a format that is unknown',
    { log_format: 'x' },
    invalid('invalid argument for log_format, got: x'),
  ),
  logCase(
    'a file',
    { log_file: 'x' },
    failure(
      'unsupported',
      CODE.UNIMPLEMENTED,
      'log file location can not be updated through network protocol',
    ),
  ),
];
