import type { z } from 'zod';

/** Answers one call. @param fields of the request, in camelCase @returns fields of the response @throws FakeTritonError */
export type UnaryMethod = (fields: unknown, signal: AbortSignal) => object | Promise<object>;

/** Methods by name in inference.GRPCInferenceService. */
export type UnaryMethods = Readonly<Record<string, UnaryMethod>>;

/** A method that reads its request with a schema. */
export function unaryMethod<S extends z.ZodType>(
  schema: S,
  answer: (request: z.output<S>) => object | Promise<object>,
): UnaryMethod {
  return (fields) => answer(schema.parse(fields));
}
