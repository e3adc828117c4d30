import { Server, type ServerOptions, type StatusObject } from '@grpc/grpc-js';
import {
  constants,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
  type ServerOptions as Http2Options,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { guardHandshakes, type HandshakeFailed } from '../../../security/handshakes.js';
import type { ReloadedFiles } from '../../../security/reloaded-files.js';
import { secureContextOf, type TlsMaterial } from '../../../security/tls-material.js';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import { statusOf } from '../encode/call-status.js';
import { type CallAuthentication, identifyCaller, rememberCertificate } from './call-identity.js';
import type { Connections } from './connections.js';
import { IdleSessions } from './idle-sessions.js';
import { guardHeaders, MAX_HEADER_BYTES } from './header-guard.js';
import type { OpenCalls } from './open-calls.js';
import { missingLibraryPart } from './library-parts.js';

/**
 * Most headers of a call: each counts at least 32 bytes. Clients that keep to the told MAX_HEADER_BYTES (grpc-go, grpc-java, C++)
 * fail a larger call themselves; nghttp2 resets others with ENHANCE_YOUR_CALM (RESOURCE_EXHAUSTED in gRPC), before a string is made
 * of a header. A higher told value was measured to let 60 kB of garbage a call pile up to 2 GB. Until a caller acknowledges
 * the settings, the answer is a gRPC status with a message. Upstream limit: a single name or value above 65,536 bytes ends the
 * connection, because nghttp2 fixes NGHTTP2_HD_MAX_NV when it is compiled.
 */
const MAX_HEADER_PAIRS = MAX_HEADER_BYTES / 32;

/**
 * Seconds in which a caller may cancel as many calls as it may have open. Above this pace nghttp2 ends the connection (rapid reset,
 * CVE-2023-44487). Node's default of 33 a second also ends the connections of callers whose calls pass their deadlines.
 */
const RESET_PERIOD_S = 10;

/** Parts of the class Server of grpc-js 1.14 (server.js) that are used, because grpc-js has no options for them. */
interface ServerInternals {
  readonly commonServerOptions: Http2Options & Pick<TlsOptions, 'handshakeTimeout' | 'minVersion'>;
  createHttp2Server(credentials: unknown): Http2Server | Http2SecureServer;
}

type StreamListener = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  flags: number,
  rawHeaders: readonly string[],
) => void;

/** Settings and observers of a guarded server. */
export interface GuardedServerOptions {
  readonly grpc: ServerOptions;
  readonly connections: Connections;
  readonly connectionLimit: number;
  /** Calls of one connection at a time. */
  readonly maxStreamsPerConnection: number;
  readonly openCalls: OpenCalls;
  /** Called for each call that is not refused, before grpc-js sees it. */
  readonly onCall: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;
  /** Called when a call is refused for its headers, or with BUSY because too many calls are open. */
  readonly onRefused: (error: PairstreamError) => void;
  readonly onDroppedConnection: () => void;
  /** Undefined: every caller may call every method. */
  readonly authentication?: CallAuthentication | undefined;
  /** Undefined: the server has no TLS. */
  readonly tls?: ServerTls | undefined;
}

/** TLS of a server. */
export interface ServerTls {
  readonly files: ReloadedFiles<TlsMaterial>;
  /** Maximum duration of a handshake, milliseconds. */
  readonly handshakeMs: number;
  readonly onFailed: HandshakeFailed;
}

/**
 * Creates a gRPC server that checks headers before grpc-js parses them, and counts and bounds its connections.
 * @throws PairstreamError INTERNAL when the version of grpc-js has none of the parts that are used
 */
export function createGuardedServer(options: GuardedServerOptions): Server {
  const server = new Server(options.grpc);
  const internals: object = server;
  if (!hasInternals(internals)) throw missingLibraryPart('Server.createHttp2Server');
  const http2Options = internals.commonServerOptions;
  http2Options.maxHeaderListPairs = MAX_HEADER_PAIRS;
  http2Options.streamResetBurst = options.maxStreamsPerConnection;
  http2Options.streamResetRate = Math.ceil(options.maxStreamsPerConnection / RESET_PERIOD_S);
  http2Options.settings = { ...http2Options.settings, maxHeaderListSize: MAX_HEADER_BYTES };
  if (options.tls !== undefined) {
    const { minVersion } = secureContextOf(options.tls.files.current);
    http2Options.handshakeTimeout = options.tls.handshakeMs;
    if (minVersion !== undefined) http2Options.minVersion = minVersion;
  }
  const createHttp2Server = internals.createHttp2Server.bind(server);
  internals.createHttp2Server = (credentials) => guard(createHttp2Server(credentials), options);
  return server;
}

function hasInternals(server: object): server is ServerInternals {
  return (
    typeof Reflect.get(server, 'createHttp2Server') === 'function' &&
    typeof Reflect.get(server, 'commonServerOptions') === 'object'
  );
}

/** New connections use the newest certificate; those that are open stay. */
function guardTls(server: Http2SecureServer, { files, onFailed }: ServerTls): void {
  guardHandshakes(server, onFailed);
  const unsubscribe = files.subscribe((material) => server.setSecureContext(secureContextOf(material)));
  server.once('close', unsubscribe);
}

function guard(
  server: Http2Server | Http2SecureServer,
  options: GuardedServerOptions,
): Http2Server | Http2SecureServer {
  if ('setSecureContext' in server && options.tls !== undefined) guardTls(server, options.tls);
  const { connections, connectionLimit, openCalls, onCall, onRefused, onDroppedConnection, authentication } =
    options;
  const idleSessions = new IdleSessions();
  server.prependListener('connection', (socket: Socket) => {
    connections.add(socket);
    if (connections.totalCount <= connectionLimit) return;
    onDroppedConnection();
    if (!idleSessions.endOldest()) socket.destroy();
  });
  server.on('session', (session) => {
    rememberCertificate(session);
    idleSessions.add(session);
  });
  const listeners = server.listeners('stream');
  server.removeAllListeners('stream');
  const guarded: StreamListener = (stream, headers, flags, rawHeaders) => {
    idleSessions.openCall(stream);
    try {
      guardHeaders(headers, rawHeaders);
      identifyCaller(stream, headers, authentication);
      openCalls.open(stream);
      onCall(stream, headers);
    } catch (thrown) {
      const error = PairstreamError.from(thrown);
      onRefused(error);
      refuse(stream, statusOf(error));
      return;
    }
    for (const listener of listeners) Reflect.apply(listener, server, [stream, headers, flags, rawHeaders]);
  };
  server.on('stream', guarded);
  return server;
}

/** Ends a call that grpc-js has not seen with a response of trailers alone. */
function refuse(stream: ServerHttp2Stream, { code, details, metadata }: StatusObject): void {
  stream.on('error', () => undefined);
  if (stream.destroyed) return;
  stream.respond(
    {
      [constants.HTTP2_HEADER_STATUS]: constants.HTTP_STATUS_OK,
      [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc+proto',
      'grpc-status': code,
      'grpc-message': encodeURIComponent(details),
      ...metadata.toHttp2Headers(),
    },
    { endStream: true },
  );
  // The rest of the request is not read: the caller is told to send no more of it.
  stream.close(constants.NGHTTP2_NO_ERROR);
}
