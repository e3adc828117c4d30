import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import {
  inferenceMethod,
  type InferenceMethodName,
  inferencePath,
  OBJECT_OPTIONS,
} from '@pairstream/triton-client/messages';
import { TritonError } from '@pairstream/triton-client';

const CALL_MS = 60_000;
const identity = (bytes: Buffer): Buffer => bytes;

/** How a raw call is made. */
export interface RawCallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Default 10,000. */
  readonly timeoutMs?: number;
}

/** Calls a Triton server below the client, coded by reflection: sends what the client never would. */
export class RawInference implements Disposable {
  private readonly client: Client;

  constructor(target: string) {
    const unlimited = { 'grpc.max_receive_message_length': -1, 'grpc.use_local_subchannel_pool': 1 };
    this.client = new Client(target, credentials.createInsecure(), unlimited);
  }

  /** Calls a method of the inference service. @param fields in camelCase @returns all fields of the response */
  async call(
    method: InferenceMethodName,
    fields: object,
    options?: RawCallOptions,
  ): Promise<Record<string, unknown>> {
    const { request, response } = inferenceMethod(method);
    const message = Buffer.from(request.encode(request.fromObject(fields)).finish());
    const bytes = await this.callBytes(inferencePath(method), message, options);
    return response.toObject(response.decode(bytes), OBJECT_OPTIONS);
  }

  /** Calls any method with any bytes. @throws TritonError */
  callBytes(path: string, message: Buffer, options: RawCallOptions = {}): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const deadline = { deadline: Date.now() + (options.timeoutMs ?? CALL_MS) };
      this.client.makeUnaryRequest(
        path,
        identity,
        identity,
        message,
        metadataOf(options),
        deadline,
        (error, bytes) => {
          if (error === null) resolve(bytes ?? Buffer.alloc(0));
          else reject(TritonError.fromCall(error, false));
        },
      );
    });
  }

  /** Sends requests over one ModelStreamInfer call. @returns all messages, and how the call ended */
  async stream(
    requests: readonly object[],
    options: RawCallOptions = {},
  ): Promise<{ messages: Record<string, unknown>[]; error: TritonError | undefined }> {
    const { request, response } = inferenceMethod('ModelStreamInfer');
    const call = this.client.makeBidiStreamRequest<Buffer, Buffer>(
      inferencePath('ModelStreamInfer'),
      identity,
      identity,
      metadataOf(options),
      { deadline: Date.now() + (options.timeoutMs ?? CALL_MS) },
    );
    for (const fields of requests)
      call.write(Buffer.from(request.encode(request.fromObject(fields)).finish()));
    call.end();
    const messages: Record<string, unknown>[] = [];
    try {
      for await (const bytes of call)
        messages.push(response.toObject(response.decode(bytes as Buffer), OBJECT_OPTIONS));
      return { messages, error: undefined };
    } catch (error) {
      return { messages, error: TritonError.fromCall(error as ServiceError, false) };
    }
  }

  [Symbol.dispose](): void {
    this.client.close();
  }
}

function metadataOf({ headers = {} }: RawCallOptions): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
  return metadata;
}
