import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** Maximum number of unfinished TLS handshakes of one thread: each holds some 50 kB. */
export const MAX_HANDSHAKES = 512;

/** Observer of handshakes that end without a connection. */
export type HandshakeFailed = (reason: 'failed' | 'slow' | 'dropped') => void;

/**
 * Bounds the unfinished TLS handshakes of a server. Above the bound the oldest connection is closed: an honest handshake takes
 * milliseconds, so the oldest ones are those that stall.
 * @param server a server of TLS: of node:tls, node:https or node:http2
 */
export function guardHandshakes(
  server: EventEmitter,
  onFailed: HandshakeFailed,
  limit = MAX_HANDSHAKES,
): void {
  /** By address and port of the peer, oldest first: a Map keeps the order of its entries. */
  const unfinished = new Map<string, Socket>();
  server.prependListener('connection', (socket: Socket) => {
    const peer = peerOf(socket);
    unfinished.set(peer, socket);
    socket.once('close', () => {
      if (unfinished.get(peer) === socket) unfinished.delete(peer);
    });
    if (unfinished.size <= limit) return;
    const [oldest] = unfinished;
    if (oldest === undefined) return;
    unfinished.delete(oldest[0]);
    oldest[1].destroy();
    onFailed('dropped');
  });
  server.on('secureConnection', (socket: TLSSocket) => unfinished.delete(peerOf(socket)));
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    onFailed(error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT' ? 'slow' : 'failed');
    // Node leaves a connection open whose handshake was too slow.
    socket.destroy();
  });
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
