import { FakeTritonError, invalidArgument } from '../fake-triton-error.js';
import type { ModelRegistry } from '../models/model-registry.js';
import type { UnaryMethod, UnaryMethods } from './unary-method.js';

type Settings = Map<string, readonly string[]>;

const DEFAULTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['trace_level', ['OFF']],
  ['trace_mode', ['triton']],
  ['trace_rate', ['1000']],
  ['trace_count', ['-1']],
  ['trace_file', ['']],
  ['log_frequency', ['0']],
]);
const UNSIGNED = ['trace_rate', 'log_frequency'];
const LEVELS = ['TIMESTAMPS', 'TENSORS'];
const UINT32 = 2 ** 32;
const NUMBER = /^\s*([+-]?\d+)/;

/** Trace settings; nothing is traced. */
export function traceMethods(registry: ModelRegistry): UnaryMethods {
  const ofServer: Settings = new Map();
  const ofModels = new Map<string, Settings>();
  const TraceSetting: UnaryMethod<'TraceSetting'> = ({ modelName, settings }) => {
    if (modelName !== '' && !registry.isServed(modelName))
      throw invalidArgument(`Request for unknown model : ${modelName}`);
    const own =
      modelName === '' ? ofServer : (ofModels.get(modelName) ?? new Map<string, readonly string[]>());
    const changes = Object.entries(settings).flatMap(([name, { value }]) => readChange(name, value));
    for (const [name, value] of changes)
      if (value === undefined) own.delete(name);
      else own.set(name, value);
    if (modelName !== '' && changes.length > 0) ofModels.set(modelName, own);
    const all = new Map([...DEFAULTS, ...ofServer, ...own]);
    return {
      settings: Object.fromEntries([...all].map(([name, value]) => [name, { value }])),
    };
  };
  return { TraceSetting };
}

/** Parses the change of a setting; undefined resets it to its default. Unknown names and levels are ignored. */
function readChange(name: string, values: readonly string[]): [string, readonly string[] | undefined][] {
  if (name === 'trace_file')
    throw new FakeTritonError(
      'UNIMPLEMENTED',
      'trace file location can not be updated through network protocol',
    );
  if (name === 'trace_level') return values.length === 0 ? [[name, undefined]] : readLevels(values);
  if (!UNSIGNED.includes(name) && name !== 'trace_count') return [];
  const [text, another] = values;
  if (text === undefined) return [[name, undefined]];
  if (another !== undefined) throw invalidArgument(`expect only 1 value for '${name}'`);
  const digits = NUMBER.exec(text)?.[1];
  if (digits === undefined) throw invalidArgument(`Unable to parse '${name}', got: ${text}`);
  const value = Number(digits);
  if (UNSIGNED.includes(name)) return [[name, [String(((value % UINT32) + UINT32) % UINT32)]]];
  if (value < -1) throw invalidArgument(`Unable to parse 'trace_count'. Expecting value >= -1, got: ${text}`);
  return [[name, [String(value)]]];
}

function readLevels(values: readonly string[]): [string, readonly string[]][] {
  const isOff = values.includes('OFF');
  if (isOff && values.length > 1) throw invalidArgument("Expect only one trace level 'OFF' is specified");
  if (values.some((level) => LEVELS.includes(level)))
    throw invalidArgument('Attempting to set invalid trace setting :trace file name is not given');
  return [];
}
