import {
  type BytesCallOptions,
  EnumValueError,
  type MessageFields,
  type UnaryChannel,
} from '@pairstream/grpc-channel';
import { METHOD } from './generated/fields.js';
import {
  INFERENCE_MESSAGES,
  type InferenceMethodName,
  type RequestOf,
  type ResponseOf,
} from './inference-service.js';
import { TritonError } from './triton-error.js';

/** Default timeout of a call, milliseconds. */
const CONTROL_TIMEOUT_MS = 10_000;

/** Timeout and abort signal of one call. */
export interface TritonCallOptions {
  /**
   * Milliseconds from now until the call fails as `late`; may have a fraction. With 0 or less the call fails at once. More than 24
   * days counts as 24 days. Infinity: no limit. NaN is refused as `invalid_argument`. Default: 10,000, but no limit for inference.
   */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Calls the methods of the inference service with small messages, which are encoded by reflection. */
export class InferenceCalls {
  constructor(private readonly channel: UnaryChannel) {}

  /**
   * Calls a method.
   * @param method name in inference.GRPCInferenceService
   * @throws TritonError
   */
  async call<M extends InferenceMethodName>(
    method: M,
    request: MessageFields<RequestOf<M>>,
    options: TritonCallOptions = {},
  ): Promise<ResponseOf<M>> {
    const { path, request: requestName, response: responseName } = METHOD[method];
    const encoded = INFERENCE_MESSAGES.encode<(typeof METHOD)[M]['request']>(requestName, request);
    const message = this.channel.acquireMessage(encoded.byteLength);
    message.set(encoded);
    const bytes = await this.channel.callForKeeps(path, message, callOptionsOf(options));
    try {
      return INFERENCE_MESSAGES.decode<(typeof METHOD)[M]['response']>(responseName, bytes);
    } catch (error) {
      const detail = error instanceof EnumValueError ? `: ${error.message}` : '';
      const problem = `${method}: the server's answer is none of the protocol${detail}`;
      throw new TritonError('internal', problem, error);
    }
  }
}

function callOptionsOf({ timeoutMs = CONTROL_TIMEOUT_MS, signal }: TritonCallOptions): BytesCallOptions {
  return { timeoutMs, signal };
}
