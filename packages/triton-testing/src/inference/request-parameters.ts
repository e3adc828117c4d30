import type { Parameters, ParameterValue } from '@pairstream/triton-client';
import { invalidArgument } from '../fake-triton-error.js';
import type { ParameterMessage, ParameterMessages } from './infer-message.js';

/** The parameters of a request that Triton acts on. */
export interface RequestSettings {
  /** 0: the model's default. */
  readonly priority: number;
  /** Timeout of the request in the queue, microseconds. 0 or negative: not given. */
  readonly timeoutUs: number;
  /** True if a separate message marks the end of a decoupled answer. */
  readonly wantsFinalResponse: boolean;
}

const RESERVED_PREFIX = 'triton_';
const FINAL_RESPONSE = 'triton_enable_empty_final_response';
const BOOLEANS = ['sequence_start', 'sequence_end', 'binary_data_output', FINAL_RESPONSE];
const IGNORED = ['headers'];

/** Reads the parameters of a request. @throws FakeTritonError INVALID_ARGUMENT for a type or name that cannot be */
export function readRequestSettings(parameters: ParameterMessages): RequestSettings {
  for (const [name, value] of Object.entries(parameters)) checkParameter(name, value);
  const { int64Param: priority, uint64Param: unsignedPriority } = parameters['priority'] ?? {};
  return {
    priority: Number(priority ?? unsignedPriority ?? 0),
    timeoutUs: Number(parameters['timeout']?.int64Param ?? 0),
    wantsFinalResponse: parameters[FINAL_RESPONSE]?.boolParam === true,
  };
}

/** The values of parameters, whatever their types; one that has none is left out. */
export function parameterValues(parameters: ParameterMessages): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, parameter]) => {
      const value = valueOf(parameter);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function valueOf(parameter: ParameterMessage): ParameterValue | undefined {
  const { boolParam, int64Param, stringParam, doubleParam, uint64Param } = parameter;
  const integer = int64Param ?? uint64Param;
  if (integer === undefined) return boolParam ?? stringParam ?? doubleParam;
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : BigInt(integer);
}

function checkParameter(name: string, value: ParameterMessage): void {
  const { boolParam, int64Param, stringParam, doubleParam, uint64Param } = value;
  if (IGNORED.includes(name)) return;
  if (name === 'priority') {
    const priority = int64Param ?? uint64Param;
    if (priority === undefined) throw wrongType(name, 'int64_param or uint64_param');
    if (Number(priority) < 0) throw invalidArgument("invalid value for 'priority', expected value >= 0.");
  } else if (name === 'timeout') {
    if (int64Param === undefined) throw wrongType(name, 'int64_param');
  } else if (name === 'sequence_id') {
    if ((int64Param ?? stringParam) === undefined) throw wrongType(name, 'int64_param or string_param');
  } else if (BOOLEANS.includes(name)) {
    if (boolParam === undefined) throw wrongType(name, 'bool_param');
  } else if (name.startsWith(RESERVED_PREFIX)) {
    throw invalidArgument(
      `parameter keys starting with '${RESERVED_PREFIX}' are reserved for Triton usage. Only the following keys starting with '${RESERVED_PREFIX}' are allowed: ${FINAL_RESPONSE}`,
    );
  } else if (
    (int64Param ?? boolParam ?? stringParam ?? doubleParam) === undefined ||
    uint64Param !== undefined
  ) {
    throw invalidArgument(
      `invalid value type for '${name}' parameter, expected int64_param, bool_param, or string_param.`,
    );
  }
}

function wrongType(name: string, expected: string): Error {
  return invalidArgument(`invalid value type for '${name}' parameter, expected ${expected}.`);
}
