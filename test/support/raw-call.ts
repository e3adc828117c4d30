import { Client, type ClientDuplexStream, credentials, Metadata } from '@grpc/grpc-js';
import { METHOD_PATH } from '../../src/wire/message-fields.js';

const identity = (bytes: Buffer): Buffer => bytes;

/** A PredictStream call that sends any bytes. */
export interface RawStream extends Disposable {
  readonly call: ClientDuplexStream<Buffer, Buffer>;
}

/** Opens a PredictStream call below the client, so that a test can send what the client never would. */
export function openRawStream(target: string, options: Record<string, number> = {}): RawStream {
  const client = new Client(target, credentials.createInsecure(), options);
  const call = client.makeBidiStreamRequest(METHOD_PATH.predictStream, identity, identity, new Metadata());
  call.on('error', () => undefined);
  return {
    call,
    [Symbol.dispose]: () => {
      call.cancel();
      client.close();
    },
  };
}
