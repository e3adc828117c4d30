import {
  CODE,
  failure,
  fp32,
  hex32,
  inferOutputs,
  int32,
  type ProtocolCase,
  strings,
} from '../protocol-case.js';

/** Versions of models, and what models do. */
export const MODEL_CASES: readonly ProtocolCase[] = [
  {
    name: 'a model that is unknown',
    act: (server) => inferOutputs(server, 'nothing', [fp32('a', [1], [1])]),
    expected: failure('unknown_model', CODE.NOT_FOUND, "Request for unknown model: 'nothing' is not found"),
  },
  {
    name: 'the newest version, unless one is named',
    act: async (server) => {
      const x = int32('x', [1], [0]);
      return [
        await inferOutputs(server, 'versions', [x]),
        await inferOutputs(server, 'versions', [x], { modelVersion: '1' }),
        await inferOutputs(server, 'versions', [x], { modelVersion: ' 3.x' }),
      ];
    },
    expected: [3, 1, 3].map((version) => ({ version: `INT32 [1] 0${version}000000` })),
  },
  ...(
    [
      ['2', 'unknown_model', CODE.NOT_FOUND, "Request for unknown model: 'versions' version 2 is not found"],
      ['0', 'unknown_model', CODE.NOT_FOUND, "Request for unknown model: 'versions' version 0 is not found"],
      [
        '-1',
        'invalid_argument',
        CODE.INVALID_ARGUMENT,
        "invalid model version specified '-1' , version should be an integral value > 0",
      ],
      [
        'latest',
        'invalid_argument',
        CODE.INVALID_ARGUMENT,
        "failed to get model version from specified version string 'latest' (details: stol), version should be an integral value > 0",
      ],
      [
        '9223372036854775808',
        'invalid_argument',
        CODE.INVALID_ARGUMENT,
        "failed to get model version from specified version string '9223372036854775808' (details: stol), version should be an integral value > 0",
      ],
    ] as const
  ).map(([modelVersion, kind, code, text]) => ({
    name: `version ${modelVersion}`,
    act: (server: Parameters<ProtocolCase['act']>[0]) =>
      inferOutputs(server, 'versions', [int32('x', [1], [0])], { modelVersion }),
    expected: failure(kind, code, text),
  })),
  {
    name: 'a model answers without its last dimension, as FIL does; TritonModel puts it back',
    act: async (server) => {
      const model = await server.client.model('squeezed');
      const { y } = await model.infer({ x: Float32Array.of(1, 2, 3) });
      return [await inferOutputs(server, 'squeezed', [fp32('x', [3, 1], [1, 2, 3])]), y!.shape];
    },
    expected: [{ y: `FP32 [3] ${hex32(1, 2, 3)}` }, [3, 1]],
  },
  ...(
    [
      ['UNKNOWN', 'internal', CODE.UNKNOWN],
      ['INTERNAL', 'internal', CODE.INTERNAL],
      ['NOT_FOUND', 'unknown_model', CODE.NOT_FOUND],
      ['INVALID_ARG', 'invalid_argument', CODE.INVALID_ARGUMENT],
      ['UNAVAILABLE', 'down', CODE.UNAVAILABLE],
      ['UNSUPPORTED', 'unsupported', CODE.UNIMPLEMENTED],
      ['ALREADY_EXISTS', 'invalid_argument', CODE.ALREADY_EXISTS],
      ['CANCELLED', 'down', CODE.CANCELLED],
    ] as const
  ).map(([status, kind, code]) => ({
    name: `a model that fails with ${status}`,
    act: (server: Parameters<ProtocolCase['act']>[0]) =>
      inferOutputs(server, 'failing', [
        strings('code', [1, 1], [status]),
        strings('message', [1, 1], [`as told\nby ${status}`]),
      ]),
    expected: failure(kind, code, `as told\nby ${status}`),
  })),
  {
    name: 'a model that raises',
    act: (server) =>
      inferOutputs(server, 'failing', [
        strings('code', [1, 1], ['NO_STATUS']),
        strings('message', [1, 1], ['']),
      ]),
    expected: failure(
      'internal',
      CODE.INTERNAL,
      /^Failed to process the request\(s\) for model 'failing_0(_0)?', message: \w+Error: /,
    ),
  },
  {
    name: 'a decoupled model does not answer ModelInfer',
    act: (server) => inferOutputs(server, 'repeat', [int32('times', [1], [1]), fp32('value', [1], [1])]),
    expected: failure(
      'unsupported',
      CODE.UNIMPLEMENTED,
      "ModelInfer RPC doesn't support models with decoupled transaction policy",
    ),
  },
];
