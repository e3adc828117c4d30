import { Client, type ClientDuplexStream, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { ServerError } from '@pairstream/client';
import { METHOD, STATUS_DETAILS_KEY } from '@pairstream/client/wire';
import { GrpcStatusError } from '@pairstream/grpc-channel';

const identity = (bytes: Buffer): Buffer => bytes;

/** A PredictStream call that sends any bytes. */
export interface RawStream extends Disposable {
  readonly call: ClientDuplexStream<Buffer, Buffer>;
}

/** Opens a PredictStream call below the client, so that a test can send what the client never would. */
export function openRawStream(target: string, options: Record<string, number> = {}): RawStream {
  const client = new Client(target, credentials.createInsecure(), options);
  const call = client.makeBidiStreamRequest(METHOD.PredictStream.path, identity, identity, new Metadata());
  call.on('error', () => undefined);
  return {
    call,
    [Symbol.dispose]: () => {
      call.cancel();
      client.close();
    },
  };
}

const unaryClients = new Map<string, Client>();

/** Calls Predict with any bytes; connections are shared, and last as long as the process. */
export function rawUnary(
  target: string,
  message: Buffer,
  onDone: (error: ServerError | undefined) => void,
): void {
  const client = unaryClients.get(target) ?? new Client(target, credentials.createInsecure());
  unaryClients.set(target, client);
  client.makeUnaryRequest(METHOD.Predict.path, identity, identity, message, (error) =>
    onDone(error === null ? undefined : ServerError.fromCall(statusErrorOf(error))),
  );
}

function statusErrorOf({ code, details, metadata }: ServiceError): GrpcStatusError {
  const [statusDetails] = metadata.get(STATUS_DETAILS_KEY);
  return new GrpcStatusError(
    code,
    details,
    undefined,
    Buffer.isBuffer(statusDetails) ? statusDetails : undefined,
  );
}
