import type { MessageFields } from '@pairstream/grpc-channel';
import type { InferenceMethodName, RequestOf, ResponseOf } from '@pairstream/triton-client/messages';

/** Answers one call. @returns fields of the response @throws FakeTritonError */
export type UnaryMethod<M extends InferenceMethodName> = (
  request: RequestOf<M>,
  signal: AbortSignal,
) => MessageFields<ResponseOf<M>> | Promise<MessageFields<ResponseOf<M>>>;

/** Methods by name in inference.GRPCInferenceService. */
export type UnaryMethods = { readonly [M in InferenceMethodName]?: UnaryMethod<M> };
