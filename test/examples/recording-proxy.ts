import { BytesChannel, messageType, METHOD } from '@pairstream/client/wire';
import protojson from 'protobufjs/ext/protojson.js';
import { ScriptedServer } from '../support/network/scripted-server.js';

const MAX_MESSAGE_BYTES = 1_000_000;
const REQUEST = messageType('pairstream.v1.PredictRequest');

/** Passes Predict calls on to a gateway, and keeps the requests. */
export class RecordingProxy implements Disposable {
  private readonly requests: object[] = [];

  private constructor(
    private readonly channel: BytesChannel,
    private server: ScriptedServer | undefined,
  ) {}

  /** @param gateway host:port */
  static async start(gateway: string): Promise<RecordingProxy> {
    const options = { target: gateway, maxMessageBytes: MAX_MESSAGE_BYTES, toError: (error: Error) => error };
    const proxy = new RecordingProxy(new BytesChannel(options), undefined);
    proxy.server = await ScriptedServer.start(
      { [METHOD.Predict.path]: (request) => proxy.passOn(request) },
      {},
    );
    return proxy;
  }

  /** host:port to call. */
  get target(): string {
    return this.server?.target ?? '';
  }

  /** The requests since the last time, as proto3 JSON says them. */
  takeRequests(): object[] {
    return this.requests.splice(0);
  }

  [Symbol.dispose](): void {
    this.server?.[Symbol.dispose]();
    this.channel.close();
  }

  private async passOn(request: Buffer): Promise<Buffer> {
    this.requests.push(plainRequest(REQUEST.decode(request)));
    return await this.channel.unary(METHOD.Predict.path, request, {});
  }
}

/** A request of proto3 JSON with all its fields, in a form that compares. */
export function requestOfJson(json: string): object {
  return plainRequest(protojson.fromJsonString(REQUEST, json));
}

function plainRequest(message: ReturnType<typeof REQUEST.decode>): object {
  return REQUEST.toObject(message, { defaults: true, arrays: true, longs: String, enums: String });
}
