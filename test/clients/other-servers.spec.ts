import { describe, expect, it } from 'vitest';
import { TritonClient, type TritonError } from '@pairstream/triton-client';
import { inferencePath, inferenceType } from '@pairstream/triton-client/messages';
import { ScriptedServer } from '../support/network/scripted-server.js';

const OPTIONS = { timeoutMs: 120_000 };
const INPUT = { name: 'x', datatype: 'FP32', shape: [1, 2], data: Float32Array.of(1, 2) } as const;

const refused = (text: RegExp): object => ({ kind: 'internal', message: expect.stringMatching(text) });

/** Outputs with typed lists, as KServe servers other than Triton send them, and their elements or why there are none. */
const TYPED: readonly (readonly [datatype: string, contents: object, expected: object])[] = [
  ['FP32', { fp32Contents: [0.25, -0.5] }, { elements: [0.25, -0.5] }],
  ['FP64', { fp64Contents: [0.1, Number.NaN] }, { elements: [0.1, Number.NaN] }],
  ['BOOL', { boolContents: [true, false] }, { elements: [1, 0] }],
  ['INT8', { intContents: [-128, 127] }, { elements: [-128, 127] }],
  ['INT16', { intContents: [-32_768, 3] }, { elements: [-32_768, 3] }],
  ['INT32', { intContents: [1, -2] }, { elements: [1, -2] }],
  ['INT64', { int64Contents: ['9007199254740993', -2] }, { elements: [9_007_199_254_740_993n, -2n] }],
  ['UINT8', { uintContents: [1, 255] }, { elements: [1, 255] }],
  ['UINT32', { uintContents: [1, 4_294_967_295] }, { elements: [1, 4_294_967_295] }],
  [
    'UINT64',
    { uint64Contents: ['18446744073709551615', 0] },
    { elements: [18_446_744_073_709_551_615n, 0n] },
  ],
  ['BYTES', { bytesContents: [Buffer.from('a'), Buffer.from('')] }, { elements: ['a', ''] }],
  ['INT8', { intContents: [300, 0] }, refused(/output y: element 0 is 300, out of the range of INT8/)],
  [
    'FP32',
    { fp64Contents: [1, 2] },
    refused(/output y: 2 elements in fp64Contents, expected them in fp32Contents/),
  ],
  ['FP16', { fp32Contents: [1, 2] }, refused(/expected them in raw_output_contents for FP16/)],
  ['FP32', { fp32Contents: [1] }, refused(/output y: 1 elements of FP32, expected 2/)],
  ['FP32', {}, refused(/output y: 0 elements of FP32, expected 2/)],
];

/** Bytes as text. */
function textOf(element: unknown): unknown {
  return element instanceof Uint8Array ? Buffer.from(element).toString() : element;
}

describe('a server of KServe v2 that is not Triton', () => {
  it.each(TYPED)('answers %s with %o', async (datatype, contents, expected) => {
    const type = inferenceType('ModelInferResponse');
    const answer = type.fromObject({ outputs: [{ name: 'y', datatype, shape: [2], contents }] });
    const bytes = Buffer.from(type.encode(answer).finish());
    using server = await ScriptedServer.start({ [inferencePath('ModelInfer')]: () => bytes }, {});
    using client = new TritonClient({ target: server.target });
    const seen = await client.infer({ modelName: 'm', inputs: [INPUT] }, OPTIONS).then(
      ({ outputs }) => ({
        elements: [...(outputs.get('y')!.data as Iterable<unknown>)].map(textOf),
      }),
      ({ kind, message }: TritonError) => ({ kind, message }),
    );
    expect(seen).toEqual(expected);
  });

  it('has no ModelConfig: the model is known by its tensors alone', async () => {
    const metadata = inferenceType('ModelMetadataResponse');
    const tensor = (name: string, width: number) => ({ name, datatype: 'FP32', shape: [-1, width] });
    const bytes = metadata
      .encode(
        metadata.fromObject({
          name: 'm',
          versions: ['1'],
          inputs: [tensor('x', 2)],
          outputs: [tensor('y', 1)],
        }),
      )
      .finish();
    using server = await ScriptedServer.start(
      { [inferencePath('ModelMetadata')]: () => Buffer.from(bytes) },
      {},
    );
    using client = new TritonClient({ target: server.target });
    const model = await client.model('m', '', OPTIONS);
    expect(model).toMatchObject({ config: undefined, isDecoupled: false, maxBatchSize: 0 });
    await expect(model.infer({ x: Float32Array.of(1) })).rejects.toThrow(/input x: 1 elements/);
  });
});
