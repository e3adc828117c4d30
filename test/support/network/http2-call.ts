import {
  connect,
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { METHOD, STATUS_DETAILS_KEY } from '@pairstream/client/wire';
import { decodeStatusDetails, type StatusDetails } from '@pairstream/client/wire';

/** End of a call that was made below any gRPC library. */
export interface CallEnd {
  /** The header or trailer grpc-status; undefined when there was none. */
  readonly code: number | undefined;
  readonly message: string;
  readonly details: StatusDetails | undefined;
  /** Of the reset of the stream; 0 when it ended well. */
  readonly rstCode: number;
  /** Bytes of the answer. */
  readonly body: Buffer;
}

/** Opens an HTTP/2 connection that sends headers of any length. */
export function openSession(target: string): ClientHttp2Session {
  const session = connect(`http://${target}`, { maxSendHeaderBlockLength: 1_000_000 });
  session.on('error', () => undefined);
  return session;
}

/** A gRPC frame. */
export function grpcFrame(message: Buffer, { flag = 0, toldBytes = message.length } = {}): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(toldBytes, 1);
  return Buffer.concat([head, message]);
}

/** Makes a call with any headers and bytes. @param body undefined ends the call without any */
export async function http2Call(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: Buffer,
): Promise<CallEnd> {
  const call = session.request({
    ':method': 'POST',
    ':path': METHOD.GetServerInfo.path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  let code: number | undefined;
  let message = '';
  let details: StatusDetails | undefined;
  const read = (received: IncomingHttpHeaders): void => {
    if (received['grpc-status'] === undefined) return;
    code = Number(received['grpc-status']);
    message = decodeURIComponent([received['grpc-message'] ?? ''].flat().join(''));
    const packed = received[STATUS_DETAILS_KEY];
    if (packed !== undefined) details = decodeStatusDetails(Buffer.from([packed].flat().join(''), 'base64'));
  };
  const chunks: Buffer[] = [];
  call.on('response', read);
  call.on('trailers', read);
  call.on('data', (bytes: Buffer) => chunks.push(bytes));
  call.on('error', () => undefined);
  call.end(body);
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  call.once('close', () => resolve());
  await closed;
  return { code, message, details, rstCode: call.rstCode ?? 0, body: Buffer.concat(chunks) };
}
