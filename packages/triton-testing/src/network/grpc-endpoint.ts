import {
  type Metadata,
  Server,
  type ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js';
import type protobuf from 'protobufjs/light.js';
import {
  decodeRequest,
  inferenceMethod,
  type InferenceMethodName,
  inferencePath,
  METHOD_NAMES,
  type RequestOf,
} from '@pairstream/triton-client/messages';
import { FakeTritonError } from '../fake-triton-error.js';
import type { InferStream, StreamSink } from '../inference/infer-stream.js';
import type { UnaryMethods } from '../methods/unary-method.js';

/** A message that came in. */
export interface ReceivedMessage {
  /** Name of the method in inference.GRPCInferenceService. */
  readonly method: string;
  /** The message as it was sent. */
  readonly bytes: Uint8Array;
  /** The headers of the call. */
  readonly metadata: Metadata;
  /** Deadline of the call on the clock of Date.now(), milliseconds; Infinity without a deadline. */
  readonly deadlineMs: number;
}

/** Handlers of the calls. */
export interface EndpointHandlers {
  /** Methods whose messages are decoded and encoded by reflection. */
  readonly unary: UnaryMethods;
  /** ModelInfer. @returns fields of the response */
  readonly infer: (message: Uint8Array, signal: AbortSignal) => Promise<object>;
  /** ModelStreamInfer. */
  readonly stream: (metadata: Metadata, signal: AbortSignal, sink: StreamSink) => InferStream;
  /** grpc.health.v1. */
  readonly isHealthy: () => boolean;
  /** Told of every message before it is answered. */
  readonly onMessage: (message: ReceivedMessage) => void;
}

type Unary = ServerUnaryCall<Buffer, Buffer>;
type Duplex = ServerDuplexStream<Buffer, Buffer>;
/** Answers a call with the bytes of a message. */
type BytesMethod = (bytes: Buffer, signal: AbortSignal) => Buffer | Promise<Buffer>;

const INFER = 'ModelInfer';
const STREAM = 'ModelStreamInfer';
const HEALTH_PATH = '/grpc.health.v1.Health/Check';
const SERVING = Buffer.of(0x08, 1);
const NOT_SERVING = Buffer.of(0x08, 2);
/** Any size, as Triton takes. */
const SIZES = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };

const identity = (bytes: Buffer): Buffer => bytes;

/** The gRPC server behind the gate. */
export class GrpcEndpoint {
  private readonly server = new Server(SIZES);

  constructor(private readonly handlers: EndpointHandlers) {
    const { unary, infer, isHealthy } = handlers;
    for (const name of METHOD_NAMES) this.addUnary(name, unary);
    const { response } = inferenceMethod(INFER);
    this.add(INFER, inferencePath(INFER), async (bytes, signal) =>
      encode(response, await infer(bytes, signal)),
    );
    this.add('Check', HEALTH_PATH, () => (isHealthy() ? SERVING : NOT_SERVING));
    this.addStream();
  }

  /** @returns the port on 127.0.0.1 */
  listen(credentials: ServerCredentials): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.bindAsync('127.0.0.1:0', credentials, (error, port) => {
        if (error === null) resolve(port);
        else reject(error);
      });
    });
  }

  /** Ends every call. */
  close(): void {
    this.server.forceShutdown();
  }

  private add(name: string, path: string, answer: BytesMethod): void {
    const method = (call: Unary, callback: sendUnaryData<Buffer>): void => {
      const { request: bytes, metadata } = call;
      this.handlers.onMessage({ method: name, bytes, metadata, deadlineMs: Number(call.getDeadline()) });
      void answerUnary(call, answer, callback);
    };
    this.server.addService(definitionOf(name, path, false), { [name]: method });
  }

  private addUnary<M extends InferenceMethodName>(name: M, methods: Pick<UnaryMethods, M>): void {
    const answer = methods[name];
    if (answer === undefined) return;
    const { path, response } = inferenceMethod(name);
    this.add(name, path, async (bytes, signal) =>
      encode(response, await answer(decode(name, bytes), signal)),
    );
  }

  private addStream(): void {
    const { response } = inferenceMethod(STREAM);
    const method = (call: Duplex): void => {
      const { metadata } = call;
      const caller = new Caller(call);
      const end = (finish: () => void): void => {
        if (caller.isAnswered) return;
        caller.isAnswered = true;
        finish();
      };
      const stream = this.handlers.stream(metadata, caller.signal, {
        send: (fields) => {
          // grpc-js never sends the status of a call that is written to after its end.
          if (!caller.isAnswered) call.write(encode(response, fields));
        },
        fail: (error) => end(() => call.emit('error', statusOf(error))),
        end: () => end(() => call.end()),
      });
      call.on('data', (bytes: Buffer) => {
        if (caller.isAnswered) return;
        this.handlers.onMessage({ method: STREAM, bytes, metadata, deadlineMs: Number(call.getDeadline()) });
        try {
          stream.take(bytes);
        } catch {
          // Triton says nothing of a message it cannot read.
          end(() => call.end());
        }
      });
      call.on('end', () => stream.halfClose());
    };
    this.server.addService(definitionOf(STREAM, inferencePath(STREAM), true), { [STREAM]: method });
  }
}

/** Caller of one call, until the call ends. */
class Caller {
  /** From then on a call is closed, not cancelled; grpc-js does not tell one from the other. */
  isAnswered = false;
  private readonly controller = new AbortController();

  constructor(call: Unary | Duplex) {
    call.on('cancelled', () => {
      if (!this.isAnswered) this.controller.abort();
    });
  }

  /** Aborted when the caller cancels, its deadline is over, or its connection is lost. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }
}

async function answerUnary(call: Unary, answer: BytesMethod, callback: sendUnaryData<Buffer>): Promise<void> {
  const caller = new Caller(call);
  try {
    const response = await answer(call.request, caller.signal);
    caller.isAnswered = true;
    callback(null, response);
  } catch (error) {
    caller.isAnswered = true;
    callback(statusOf(error));
  }
}

function statusOf(error: unknown): { code: number; details: string } {
  if (error instanceof FakeTritonError) return { code: status[error.status], details: error.message };
  return { code: status.INTERNAL, details: String(error) };
}

function decode<M extends InferenceMethodName>(name: M, bytes: Buffer): RequestOf<M> {
  try {
    return decodeRequest(name, bytes);
  } catch {
    throw new FakeTritonError('INTERNAL', 'Unable to parse request');
  }
}

function encode(type: protobuf.Type, fields: object): Buffer {
  return Buffer.from(type.encode(type.fromObject(fields)).finish());
}

function definitionOf(name: string, path: string, isStream: boolean): ServiceDefinition {
  return {
    [name]: {
      path,
      requestStream: isStream,
      responseStream: isStream,
      requestSerialize: identity,
      requestDeserialize: identity,
      responseSerialize: identity,
      responseDeserialize: identity,
    },
  };
}
