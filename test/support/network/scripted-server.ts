import { Server, type ServerDuplexStream, type ServerUnaryCall } from '@grpc/grpc-js';
import { bindFreePort } from './bind-free-port.js';

const identity = (bytes: Buffer): Buffer => bytes;

/** A gRPC server on bytes whose methods are functions. */
export class ScriptedServer implements Disposable {
  private constructor(
    private readonly server: Server,
    readonly target: string,
  ) {}

  /** @param unary by HTTP/2 path @param streams by HTTP/2 path */
  static async start(
    unary: Readonly<Record<string, (request: Buffer) => Buffer | Promise<Buffer>>>,
    streams: Readonly<Record<string, (call: ServerDuplexStream<Buffer, Buffer>) => void>>,
  ): Promise<ScriptedServer> {
    const server = new Server();
    const definition = (path: string, isStream: boolean) => ({
      [path]: {
        path,
        requestStream: isStream,
        responseStream: isStream,
        requestSerialize: identity,
        requestDeserialize: identity,
        responseSerialize: identity,
        responseDeserialize: identity,
      },
    });
    for (const [path, answer] of Object.entries(unary)) {
      const handle = (
        call: ServerUnaryCall<Buffer, Buffer>,
        done: (error: Error | null, bytes?: Buffer) => void,
      ): void => void answerCall(call.request, answer, done);
      server.addService(definition(path, false), { [path]: handle });
    }
    for (const [path, handle] of Object.entries(streams))
      server.addService(definition(path, true), { [path]: handle });
    return new ScriptedServer(server, await bindFreePort(server));
  }

  [Symbol.dispose](): void {
    this.server.forceShutdown();
  }
}

async function answerCall(
  request: Buffer,
  answer: (request: Buffer) => Buffer | Promise<Buffer>,
  done: (error: Error | null, bytes?: Buffer) => void,
): Promise<void> {
  try {
    done(null, await answer(request));
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)));
  }
}
