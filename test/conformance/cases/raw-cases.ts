import { CODE, failure, hex32, outputsOf, type ProtocolCase, tensorText } from '../protocol-case.js';
import { decodeRawResponse } from '@pairstream/triton-client/messages';
import { inferenceMethod, inferencePath } from '@pairstream/triton-client/messages';

const RAW = Buffer.from(hex32(1, 2), 'hex');

/** Sends a request for `identity` that the client would not. */
function rawCase(name: string, fields: object, expected: unknown): ProtocolCase {
  return {
    name,
    act: async ({ raw }) => {
      const { request } = inferenceMethod('ModelInfer');
      const message = request.encode(request.fromObject({ modelName: 'identity', ...fields })).finish();
      const bytes = await raw.callBytes(inferencePath('ModelInfer'), Buffer.from(message));
      return outputsOf(decodeRawResponse(bytes));
    },
    expected,
  };
}

function contentsCase(datatype: string, contents: object, expected: unknown): ProtocolCase {
  const [list] = Object.keys(contents);
  const input = { name: `${datatype.toLowerCase()}_in`, datatype, shape: [1, 2], contents };
  return rawCase(`${datatype} in ${list}`, { inputs: [input] }, expected);
}

function given(datatype: string, hex: string): unknown {
  return { [`${datatype.toLowerCase()}_out`]: tensorText(datatype, [1, 2], Buffer.from(hex, 'hex')) };
}

function wrongList(datatype: string, list: string): unknown {
  return invalid(
    `unexpected explicit tensor data for input tensor '${datatype.toLowerCase()}_in' for model 'identity' of type '${list}', expected datatype '${datatype}'`,
  );
}

function invalid(text: string): unknown {
  return failure('invalid_argument', CODE.INVALID_ARGUMENT, text);
}

const x = { name: 'fp32_in', datatype: 'FP32', shape: [1, 2] };
const contents = { fp32Contents: [1, 2] };
const ANSWER = { fp32_out: `FP32 [1, 2] ${hex32(1, 2)}` };
const noData = (name: string): unknown =>
  invalid(`unable to find data for input tensor '${name}' for model 'identity' in request.`);

/** Requests as other clients send them, and as none should. Answers are raw whatever was sent. */
export const RAW_CASES: readonly ProtocolCase[] = [
  contentsCase('BOOL', { boolContents: [true, false] }, given('BOOL', '0100')),
  contentsCase('INT8', { intContents: [1, -1] }, given('INT8', '01ff')),
  contentsCase('INT16', { intContents: [1, -1] }, given('INT16', '0100ffff')),
  contentsCase('INT32', { intContents: [1, -1] }, given('INT32', '01000000ffffffff')),
  contentsCase('INT64', { int64Contents: [1, -1] }, given('INT64', `01${'0'.repeat(14)}${'f'.repeat(16)}`)),
  contentsCase('UINT8', { uintContents: [1, 255] }, given('UINT8', '01ff')),
  contentsCase('UINT16', { uintContents: [1, 65_535] }, given('UINT16', '0100ffff')),
  contentsCase('UINT32', { uintContents: [1, 2 ** 32 - 1] }, given('UINT32', '01000000ffffffff')),
  contentsCase(
    'UINT64',
    { uint64Contents: [1, 2] },
    given('UINT64', `01${'0'.repeat(14)}02${'0'.repeat(14)}`),
  ),
  contentsCase('FP32', contents, given('FP32', hex32(1, 2))),
  contentsCase('FP64', { fp64Contents: [0, 1] }, given('FP64', `${'0'.repeat(28)}f03f`)),
  contentsCase(
    'BYTES',
    { bytesContents: [Buffer.from('a'), Buffer.alloc(0)] },
    given('BYTES', '010000006100000000'),
  ),
  contentsCase('FP16', { fp32Contents: [1, 2] }, wrongList('FP16', 'FP32')),
  contentsCase('BF16', { uintContents: [1, 2] }, wrongList('BF16', 'UINT32')),
  contentsCase('FP32', { fp64Contents: [1, 2] }, wrongList('FP32', 'FP64')),
  rawCase('an input without data', { inputs: [x] }, noData('fp32_in')),
  rawCase(
    'an input without data behind one that has some',
    { inputs: [x, { name: 'int8_in', datatype: 'INT8', shape: [1, 2] }], rawInputContents: [RAW] },
    noData('int8_in'),
  ),
  rawCase('more raw contents than inputs', { inputs: [x], rawInputContents: [RAW, RAW] }, ANSWER),
  rawCase(
    'data as a list and raw',
    { inputs: [{ ...x, contents }], rawInputContents: [RAW] },
    invalid(
      "contents field must not be specified when using raw_input_contents for 'fp32_in' for model 'identity'",
    ),
  ),
  rawCase(
    'a list that is too short',
    { inputs: [{ ...x, contents: { fp32Contents: [1] } }] },
    invalid(
      "[request id: <id_unknown>] input byte size mismatch for input 'fp32_in' for model 'identity'. Expected 8, got 4",
    ),
  ),
  rawCase(
    'a datatype that is none',
    { inputs: [{ ...x, datatype: 'FP99' }], rawInputContents: [RAW] },
    invalid(
      "[request id: <id_unknown>] inference input 'fp32_in' data-type is '<invalid>', but model 'identity' expects 'FP32'",
    ),
  ),
  rawCase(
    'an unsigned parameter that Triton does not know',
    { inputs: [x], rawInputContents: [RAW], parameters: { custom: { uint64Param: 5 } } },
    invalid("invalid value type for 'custom' parameter, expected int64_param, bool_param, or string_param."),
  ),
  rawCase(
    'an unsigned priority',
    { inputs: [x], rawInputContents: [RAW], parameters: { priority: { uint64Param: 1 } } },
    ANSWER,
  ),
  rawCase(
    'a parameter without a value',
    { inputs: [x], rawInputContents: [RAW], parameters: { timeout: {} } },
    invalid("invalid value type for 'timeout' parameter, expected int64_param."),
  ),
  rawCase(
    'the largest elements of each row, instead of all',
    {
      inputs: [{ ...x, shape: [2, 3] }],
      rawInputContents: [Buffer.from(hex32(1, 3, 2, -5, 0.5, 8), 'hex')],
      outputs: [{ name: 'fp32_out', parameters: { classification: { int64Param: 2 } } }],
    },
    {
      fp32_out: tensorText(
        'BYTES',
        [2, 2],
        Buffer.concat(
          ['3.000000:1', '2.000000:2', '8.000000:2', '0.500000:1'].map((text) =>
            Buffer.concat([Buffer.from(Uint32Array.of(text.length).buffer), Buffer.from(text)]),
          ),
        ),
      ),
    },
  ),
  rawCase(
    'the largest elements of a datatype that has no order',
    {
      inputs: [{ name: 'fp16_in', datatype: 'FP16', shape: [1, 2] }],
      rawInputContents: [Buffer.alloc(4)],
      outputs: [{ name: 'fp16_out', parameters: { classification: { int64Param: 1 } } }],
    },
    invalid("class result not available for output due to unsupported type 'FP16'"),
  ),
  rawCase(
    'the largest none of each row',
    {
      inputs: [x],
      rawInputContents: [RAW],
      outputs: [{ name: 'fp32_out', parameters: { classification: { int64Param: 0 } } }],
    },
    invalid("invalid value for 'classification' parameter, expected >= 0"),
  ),
];
