import type { z } from 'zod';
import type { BytesCallOptions } from '@pairstream/grpc-channel';
import type { UnaryChannel } from '@pairstream/grpc-channel';
import { type InferenceMethod, inferenceMethod, OBJECT_OPTIONS } from './inference-service.js';
import { TritonError } from './triton-error.js';

/** A call that says nothing of its time may take so long. */
const CONTROL_TIMEOUT_MS = 10_000;

/** How long one call may take, and what ends it early. */
export interface TritonCallOptions {
  /**
   * Milliseconds from now until the call fails as `late`, fractions included; 0 or less: at once. More than 24 days
   * counts as 24 days; Infinity: no limit; NaN is refused as `invalid_argument`. Default: 10,000 for all calls
   * but inference, which has none.
   */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Calls methods of the inference service whose messages are small and coded by reflection. */
export class InferenceCalls {
  private readonly methods = new Map<string, InferenceMethod>();

  constructor(private readonly channel: UnaryChannel) {}

  /**
   * Calls a method.
   * @param method name in inference.GRPCInferenceService
   * @param request fields of the request in camelCase
   * @param schema what the response is read with
   * @throws TritonError
   */
  async call<S extends z.ZodType>(
    method: string,
    request: object,
    schema: S,
    options: TritonCallOptions = {},
  ): Promise<z.output<S>> {
    const { path, request: requestType, response: responseType } = this.methodOf(method);
    const encoded = requestType.encode(requestType.fromObject(request)).finish();
    const message = this.channel.acquireMessage(encoded.byteLength);
    message.set(encoded);
    const bytes = await this.channel.callForKeeps(path, message, callOptionsOf(options));
    try {
      return schema.parse(responseType.toObject(responseType.decode(bytes), OBJECT_OPTIONS));
    } catch (error) {
      throw new TritonError('internal', `${method}: the server's answer is none of the protocol`, error);
    }
  }

  private methodOf(name: string): InferenceMethod {
    let method = this.methods.get(name);
    if (method === undefined) {
      method = inferenceMethod(name);
      this.methods.set(name, method);
    }
    return method;
  }
}

function callOptionsOf({ timeoutMs = CONTROL_TIMEOUT_MS, signal }: TritonCallOptions): BytesCallOptions {
  return { timeoutMs, signal };
}
