import { FakeTritonError } from '../fake-triton-error.js';
import { decodeInferMessage } from './infer-message.js';
import type { Inference } from './inference.js';
import type { ModelRegistry } from '../models/model-registry.js';

/**
 * ModelInfer: one request, one response.
 * @returns fields of an inference.ModelInferResponse
 * @throws FakeTritonError
 */
export function inferUnary(
  registry: ModelRegistry,
  inference: Inference,
  message: Uint8Array,
  signal: AbortSignal,
): Promise<object> {
  const request = decodeInferMessage(message);
  const served = registry.find(request.modelName, request.modelVersion);
  if (served.model.isDecoupled)
    throw new FakeTritonError(
      'UNIMPLEMENTED',
      "ModelInfer RPC doesn't support models with decoupled transaction policy",
    );
  return new Promise((resolve, reject) => {
    let response: object = {};
    inference.accept(request, served, signal, {
      answer: (answer) => {
        response = answer;
      },
      end: (error) => {
        if (error === undefined) resolve(response);
        else reject(error);
      },
    });
  });
}
