import type { InferInput, InferRequest, ParameterValue } from '@pairstream/triton-client';
import { CODE, failure, fp32, hex32, inferOutputs, int32, type ProtocolCase } from '../protocol-case.js';

const VALUES = [1, 2, 3, 4];
const SUM = { sum: `FP32 [1, 4] ${hex32(2, 4, 6, 8)}`, difference: `FP32 [1, 4] ${hex32(0, 0, 0, 0)}` };
const ID = '[request id: <id_unknown>] ';

const a = (shape: readonly number[] = [1, 4], values: readonly number[] = VALUES): InferInput =>
  fp32('a', shape, values);
const b = (shape: readonly number[] = [1, 4], values: readonly number[] = VALUES): InferInput =>
  fp32('b', shape, values);

function sumCase(
  name: string,
  inputs: readonly InferInput[],
  expected: unknown,
  request: Partial<InferRequest> = {},
): ProtocolCase {
  return { name, act: (server) => inferOutputs(server, 'sum', inputs, request), expected };
}

function invalid(text: string | RegExp): unknown {
  return failure('invalid_argument', CODE.INVALID_ARGUMENT, text);
}

function parameterCase(name: string, value: ParameterValue, expected: unknown = SUM): ProtocolCase {
  const label = typeof value === 'bigint' ? `${value}n` : JSON.stringify(value);
  return sumCase(`parameter ${name} = ${label}`, [a(), b()], expected, { parameters: { [name]: value } });
}

function shapeError(seen: string): unknown {
  return invalid(
    new RegExp(
      `^\\[request id: <id_unknown>\\] unexpected shape for input '[ab]' for model 'sum'\\. Expected \\[-1,4\\], got ${seen}\\. NOTE: Setting a non-zero max_batch_size`,
    ),
  );
}

/** Requests that fit their model, and that do not. */
export const REQUEST_CASES: readonly ProtocolCase[] = [
  sumCase('a request that fits', [a(), b()], SUM),
  sumCase('inputs in another order', [b(), a()], SUM),
  sumCase(
    'the largest batch',
    [
      a(
        [8, 4],
        Array.from({ length: 32 }, () => 1),
      ),
      b(
        [8, 4],
        Array.from({ length: 32 }, () => 2),
      ),
    ],
    {
      sum: `FP32 [8, 4] ${hex32(...Array.from({ length: 32 }, () => 3))}`,
      difference: `FP32 [8, 4] ${hex32(...Array.from({ length: 32 }, () => -1))}`,
    },
  ),
  sumCase('one output', [a(), b()], { difference: SUM.difference }, { outputs: [{ name: 'difference' }] }),
  sumCase(
    'one output, asked for twice',
    [a(), b()],
    { sum: SUM.sum },
    { outputs: [{ name: 'sum' }, { name: 'sum' }] },
  ),
  {
    name: 'outputs come in the order of the model, not of the request',
    act: async (server) =>
      Object.keys(
        await inferOutputs(server, 'sum', [a(), b()], { outputs: [{ name: 'difference' }, { name: 'sum' }] }),
      ),
    expected: ['sum', 'difference'],
  },
  sumCase(
    'an output that is not there',
    [a(), b()],
    invalid("unexpected inference output 'c' for model 'sum'"),
    {
      outputs: [{ name: 'c' }],
    },
  ),
  {
    name: 'an output that the model does not make for this request',
    act: (server) =>
      inferOutputs(server, 'identity', [int32('int32_in', [1, 1], [7])], {
        outputs: [{ name: 'bytes_out' }, { name: 'int32_out' }],
      }),
    expected: { int32_out: 'INT32 [1, 1] 07000000' },
  },
  {
    name: 'the id of the request and the version of the model come back',
    act: async ({ client }) => {
      const { modelName, modelVersion, id, parameters } = await client.inferRaw({
        modelName: 'sum',
        id: 'request 7 \u00e9',
        inputs: [a(), b()],
        parameters: { custom: 'x' },
      });
      return { modelName, modelVersion, id, parameters };
    },
    expected: { modelName: 'sum', modelVersion: '1', id: 'request 7 \u00e9', parameters: {} },
  },
  sumCase(
    'a missing input',
    [a()],
    invalid(
      `${ID}expected 2 inputs but got 1 inputs for model 'sum'. Got input(s) ['a'], but missing required input(s) ['b']. Please provide all required input(s).`,
    ),
  ),
  sumCase(
    'no input',
    [],
    invalid(
      `${ID}expected 2 inputs but got 0 inputs for model 'sum'. Got input(s) [], but missing required input(s) ['a','b']. Please provide all required input(s).`,
    ),
  ),
  sumCase(
    'an input too many',
    [a(), b(), fp32('c', [1, 4], VALUES)],
    invalid(
      /^\[request id: <id_unknown>\] expected 2 inputs but got 3 inputs for model 'sum'\. Got input\(s\) \[/,
    ),
  ),
  sumCase(
    'an input of another name',
    [a(), fp32('c', [1, 4], VALUES)],
    invalid("unexpected inference input 'c' for model 'sum'"),
  ),
  sumCase('an input twice', [a(), a()], invalid(`${ID}input 'a' already exists in request`)),
  sumCase(
    'the id of the request stands in front of errors',
    [a(), a()],
    invalid("[request id: seven] input 'a' already exists in request"),
    { id: 'seven' },
  ),
  sumCase(
    'another datatype',
    [int32('a', [1, 4], VALUES), b()],
    invalid(`${ID}inference input 'a' data-type is 'INT32', but model 'sum' expects 'FP32'`),
  ),
  sumCase('another width', [a([1, 3], [1, 2, 3]), b()], shapeError('\\[1,3\\]')),
  sumCase('another rank', [a([1, 1, 4]), b()], shapeError('\\[1,1,4\\]')),
  sumCase('a batch axis that is missing', [a([4]), b([4])], shapeError('\\[4\\]')),
  sumCase(
    'no shape at all',
    [{ ...a(), shape: [] }, b()],
    invalid(`${ID}input 'a' has no shape but model requires batch dimension for 'sum'`),
  ),
  sumCase(
    'batches of different sizes',
    [a([2, 4], [...VALUES, ...VALUES]), b()],
    invalid(/^\[request id: <id_unknown>\] input '[ab]' batch size does not match other inputs for 'sum'$/),
  ),
  sumCase(
    'a batch that is too large',
    [
      a(
        [9, 4],
        Array.from({ length: 36 }, () => 1),
      ),
      b(
        [9, 4],
        Array.from({ length: 36 }, () => 1),
      ),
    ],
    invalid(`${ID}inference request batch-size must be <= 8 for 'sum'`),
  ),
  sumCase(
    'a batch of no rows',
    [a([0, 4], []), b([0, 4], [])],
    invalid(
      /^\[request id: <id_unknown>\] input byte size mismatch for input '[ab]' for model 'sum'\. Expected 16, got 0$/,
    ),
  ),
  sumCase(
    'a negative batch',
    [a([-1, 4]), b([-1, 4])],
    invalid(/^\[request id: <id_unknown>\] input '[ab]' batch size does not match other inputs for 'sum'$/),
  ),
  {
    name: 'a dimension that is left open',
    act: (server) => inferOutputs(server, 'whole', [int32('matrix', [2, -1], [1, 2])]),
    expected: invalid(
      `${ID}All input dimensions should be specified for input 'matrix' for model 'whole', got [2,-1]`,
    ),
  },
  {
    name: 'a shape that does not fit, of a model without a batch axis',
    act: (server) => inferOutputs(server, 'whole', [int32('matrix', [3, 2], [1, 2, 3, 4, 5, 6])]),
    // The text ends in a blank, and HTTP/2 in Node drops a header that does.
    expected: invalid(
      /^INVALID_ARGUMENT, without a text$|^\[request id: <id_unknown>\] unexpected shape for input 'matrix' for model 'whole'\. Expected \[2,-1\], got \[3,2\]\. $/,
    ),
  },
  {
    name: 'a model without a batch axis',
    act: (server) => inferOutputs(server, 'whole', [int32('matrix', [2, 2], VALUES)]),
    expected: { matrix_out: 'INT32 [2, 2] 01000000020000000300000004000000' },
  },
  sumCase(
    'too few bytes',
    [a([1, 4], [1, 2, 3]), b()],
    invalid(`${ID}input byte size mismatch for input 'a' for model 'sum'. Expected 16, got 12`),
  ),
  sumCase(
    'too many bytes',
    [a([1, 4], [...VALUES, 5]), b()],
    invalid(`${ID}input byte size mismatch for input 'a' for model 'sum'. Expected 16, got 20`),
  ),
  {
    name: 'a model of which all inputs are optional wants one',
    act: (server) => inferOutputs(server, 'identity', []),
    expected: invalid(`${ID}out of bounds index 0: request has 0 inputs`),
  },
  parameterCase('priority', 1),
  parameterCase('priority', -1, invalid("invalid value for 'priority', expected value >= 0.")),
  parameterCase(
    'priority',
    'high',
    invalid("invalid value type for 'priority' parameter, expected int64_param or uint64_param."),
  ),
  parameterCase('timeout', 5_000),
  parameterCase('timeout', -1),
  parameterCase('timeout', 1.5, invalid("invalid value type for 'timeout' parameter, expected int64_param.")),
  parameterCase(
    'sequence_start',
    'x',
    invalid("invalid value type for 'sequence_start' parameter, expected bool_param."),
  ),
  parameterCase('sequence_id', 'x'),
  parameterCase('headers', 'x'),
  parameterCase('custom', 'x'),
  parameterCase('custom', 1.5),
  parameterCase('custom', 2n ** 62n),
  parameterCase('custom', true),
  parameterCase(
    'triton_custom',
    true,
    invalid(
      "parameter keys starting with 'triton_' are reserved for Triton usage. Only the following keys starting with 'triton_' are allowed: triton_enable_empty_final_response",
    ),
  ),
  parameterCase(
    'triton_enable_empty_final_response',
    1,
    invalid("invalid value type for 'triton_enable_empty_final_response' parameter, expected bool_param."),
  ),
];
