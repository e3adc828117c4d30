import type { Http2Server, ServerHttp2Session } from 'node:http2';
import type { Server } from '@grpc/grpc-js';
import { missingLibraryPart } from './library-parts.js';

/**
 * Bytes that a connection accepts per turn of the event loop. With Node's 64 KiB, three requests of 20 kB fill the window while a
 * model runs, and refusals wait behind requests that nobody has read. Node returns these bytes as they arrive, so this window
 * holds no memory; the windows of the streams do.
 */
const CONNECTION_WINDOW_BYTES = 8 * 1_024 * 1_024;
/** Bytes that a stream accepts before they are read: about a dozen requests of 20 kB. A paused stream holds as many. */
const STREAM_WINDOW_BYTES = 256 * 1_024;

/**
 * Widens the flow-control windows of every connection that a server accepts, and of its streams. grpc-js has no option for it
 * ('grpc-node.flow_control_window' is for clients), so this reads the HTTP/2 servers from a private field.
 * @param server that is bound
 * @throws PairstreamError INTERNAL if another version of grpc-js keeps them elsewhere
 */
export function widenWindows(server: Server): void {
  const http2Servers: unknown = Reflect.get(server, 'http2Servers');
  if (!(http2Servers instanceof Map)) throw missingLibraryPart('Server.http2Servers');
  for (const http2Server of http2Servers.keys() as Iterable<Http2Server>) {
    http2Server.on('session', (session: ServerHttp2Session) => {
      if (session.destroyed) return;
      session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
      session.settings({ initialWindowSize: STREAM_WINDOW_BYTES });
    });
  }
}
