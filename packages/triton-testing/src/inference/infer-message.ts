import { z } from 'zod';
import { inferenceType, OBJECT_OPTIONS } from '@pairstream/triton-client/messages';
import { FakeTritonError } from '../fake-triton-error.js';

const bytesSchema = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

const parameterSchema = z.object({
  boolParam: z.boolean().optional(),
  int64Param: z.string().optional(),
  stringParam: z.string().optional(),
  doubleParam: z.number().optional(),
  uint64Param: z.string().optional(),
});
/** An inference.InferParameter: at most one of the fields is set. 64-bit integers are decimal text. */
export type ParameterMessage = z.infer<typeof parameterSchema>;
const parametersSchema = z.record(z.string(), parameterSchema);
/** Parameters by name, as they came. */
export type ParameterMessages = Readonly<Record<string, ParameterMessage>>;

const contentsSchema = z.object({
  boolContents: z.array(z.boolean()),
  intContents: z.array(z.number()),
  int64Contents: z.array(z.string()),
  uintContents: z.array(z.number()),
  uint64Contents: z.array(z.string()),
  fp32Contents: z.array(z.number()),
  fp64Contents: z.array(z.number()),
  bytesContents: z.array(bytesSchema),
});
/** An inference.InferTensorContents. */
export type ContentsMessage = z.infer<typeof contentsSchema>;

const inputSchema = z.object({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.string().transform(Number)),
  parameters: parametersSchema,
  contents: contentsSchema.nullable(),
});
/** One input of an inference.ModelInferRequest. */
export type InputMessage = z.infer<typeof inputSchema>;

const outputSchema = z.object({ name: z.string(), parameters: parametersSchema });
/** One requested output of an inference.ModelInferRequest. */
export type RequestedOutputMessage = z.infer<typeof outputSchema>;

const requestSchema = z.object({
  modelName: z.string(),
  modelVersion: z.string(),
  id: z.string(),
  parameters: parametersSchema,
  inputs: z.array(inputSchema),
  outputs: z.array(outputSchema),
  rawInputContents: z.array(bytesSchema),
});
/** An inference.ModelInferRequest. */
export type InferMessage = z.infer<typeof requestSchema>;

/** Decodes a request by reflection, not by the client's own code. @throws FakeTritonError INTERNAL for bytes that are none */
export function decodeInferMessage(bytes: Uint8Array): InferMessage {
  const type = inferenceType('ModelInferRequest');
  try {
    return requestSchema.parse(type.toObject(type.decode(bytes), { ...OBJECT_OPTIONS, longs: String }));
  } catch {
    throw new FakeTritonError('INTERNAL', 'Unable to parse request');
  }
}
