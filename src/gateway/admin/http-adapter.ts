import { type ServerResponse, STATUS_CODES } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { PROBLEM_MEDIA_TYPE, problemDetails } from './problem-details.js';

/** The reply to a request that Fastify refuses before it has a route. */
interface EarlyReply {
  readonly raw: ServerResponse;
}

/**
 * The HTTP server of the admin application. Connections in use do not keep a stopping gateway alive. Requests that fail before
 * Nest handles them (a malformed URL, bytes that are not HTTP) are answered with problem details, too.
 */
export function createHttpAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    forceCloseConnections: true,
    frameworkErrors: ({ message }: Error, { url }: { readonly url: string }, { raw }: EarlyReply) => {
      const problem = problemDetails(new PairstreamError('INVALID_REQUEST', message), url);
      raw.writeHead(problem.status, { 'content-type': PROBLEM_MEDIA_TYPE }).end(JSON.stringify(problem));
    },
    clientErrorHandler: (error, socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable) return;
      const problem = problemDetails(new PairstreamError('INVALID_REQUEST', error.message), '/');
      const body = JSON.stringify(problem);
      const head = [
        `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
        `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
        `Content-Length: ${Buffer.byteLength(body)}`,
        'Connection: close',
      ];
      socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
    },
  });
}
