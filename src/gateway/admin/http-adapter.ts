import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { ConnectionError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { shownField } from '../../errors/shown-field.js';
import { PROBLEM_MEDIA_TYPE, problemDetails } from './problem-details.js';
import { RouteMethods } from './route-methods.js';

/** Largest body of an admin request, bytes. */
const MAX_BODY_BYTES = 65_536;

/** Longest name in a path, bytes as they are encoded. */
const MAX_NAME_BYTES = 1_024;

/**
 * The HTTP server of the admin application. Requests that fail before Nest handles them (a malformed URL, bytes that are not HTTP) are answered with problem details, too. Connections in use do not keep a stopping
 * gateway alive.
 * @param https options of TLS. Default: no TLS
 */
export function createHttpAdapter(https?: TlsOptions): FastifyAdapter {
  return new FastifyAdapter({
    ...(https === undefined ? {} : { https }),
    forceCloseConnections: true,
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: MAX_NAME_BYTES },
    frameworkErrors: (_error: Error, { url }: FastifyRequest, reply: FastifyReply) => {
      const message = `path: ${shownField(url)}, expected valid URL encoding and names of at most ${MAX_NAME_BYTES} bytes`;
      const invalid = new PairstreamError('INVALID_REQUEST', message, { field: 'path' });
      void reply.code(invalid.httpStatus).type(PROBLEM_MEDIA_TYPE).send(problemDetails(invalid, url));
    },
    clientErrorHandler: (error: ConnectionError, socket: Socket) => refuseBytes(error, socket),
  });
}

/** Answers bytes that are not HTTP. */
function refuseBytes({ code, message }: ConnectionError, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable) return;
  const problem = problemDetails(new PairstreamError('INVALID_REQUEST', message), '/');
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Answers 405 for a path that has routes, but none for the method of the request. @param server before its routes are added */
export function refuseWrongMethods(server: FastifyInstance): void {
  const routes = new RouteMethods();
  server.addHook('onRoute', ({ url, method }) => routes.add(url, method));
  server.addHook('onRequest', async ({ is404, url, method }, reply) => {
    if (!is404) return;
    const allowed = routes.of(new URL(url, 'http://admin').pathname);
    if (allowed.length === 0) return;
    const message = `method: ${method}, expected ${allowed.join(' or ')}`;
    const error = new PairstreamError('METHOD_NOT_ALLOWED', message, { field: 'method' });
    await reply
      .code(error.httpStatus)
      .header('allow', allowed.join(', '))
      .type(PROBLEM_MEDIA_TYPE)
      .send(problemDetails(error, url));
  });
}
