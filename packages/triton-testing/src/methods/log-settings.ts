import { FakeTritonError, invalidArgument } from '../fake-triton-error.js';
import type { RequestOf } from '@pairstream/triton-client/messages';
import type { UnaryMethod, UnaryMethods } from './unary-method.js';

const FORMATS = ['default', 'ISO8601'];
type Value = RequestOf<'LogSettings'>['settings'][string];

/** The method LogSettings: checks and keeps the settings. The fake server writes no log. */
export function logMethods(): UnaryMethods {
  const settings: Record<string, Value> = {
    log_file: { stringParam: '' },
    log_info: { boolParam: true },
    log_warning: { boolParam: true },
    log_error: { boolParam: true },
    log_verbose_level: { uint32Param: 0 },
    log_format: { stringParam: 'default' },
  };
  const LogSettings: UnaryMethod<'LogSettings'> = (request) => {
    for (const [name, value] of Object.entries(request.settings)) checkChange(name, value);
    for (const [name, value] of Object.entries(request.settings))
      if (name in settings) settings[name] = value;
    return { settings };
  };
  return { LogSettings };
}

function checkChange(name: string, { boolParam, uint32Param, stringParam }: Value): void {
  switch (name) {
    case 'log_file':
      throw new FakeTritonError(
        'UNIMPLEMENTED',
        'log file location can not be updated through network protocol',
      );
    case 'log_info':
    case 'log_warning':
    case 'log_error':
      if (boolParam === undefined) throw invalidArgument(`expect boolean for '${name}'`);
      break;
    case 'log_verbose_level':
      if (uint32Param === undefined) throw invalidArgument(`expect int32 for '${name}'`);
      break;
    case 'log_format':
      if (stringParam === undefined) throw invalidArgument(`expect string for '${name}'`);
      if (!FORMATS.includes(stringParam))
        throw invalidArgument(`invalid argument for log_format, got: ${stringParam}`);
      break;
    default:
    // Unknown names are ignored.
  }
}
