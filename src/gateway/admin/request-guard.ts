import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { shownField } from '../../errors/shown-field.js';
import type { Authenticator } from '../../security/authenticator.js';
import type { Scope } from '../../security/caller.js';
import type { ReloadedFiles } from '../../security/reloaded-files.js';
import { PROBLEM_MEDIA_TYPE, problemDetails } from './problem-details.js';

/** Rules and observers of the requests to the admin port. */
export interface RequestGuardOptions {
  /** Host names of the Host header, in lower case, beside localhost and IP addresses. */
  readonly allowedHosts: ReadonlySet<string>;
  /** Undefined: every caller may call every route. */
  readonly callers: ReloadedFiles<Authenticator> | undefined;
  /** Called with the reason of each refusal. */
  readonly onRefused: (reason: string) => void;
  /** Gets a line for each request that changes the gateway. */
  readonly logger: Logger;
}

/** Probes have no token, and call the gateway by the address of the pod. They learn only if the gateway is ready. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz']);
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const READ_PATHS = /^\/(metrics|backend|openapi\.json|docs(\/.*)?|admin\/v1\/info)$/;

/** Host without the port; undefined for a header that is no host. */
function hostNameOf(host: string): string | undefined {
  const url = `http://${host}`;
  return URL.canParse(url) ? new URL(url).hostname.toLowerCase() : undefined;
}

/** Checks every request before its route: host, origin, caller. @param server before its routes are added */
export function guardRequests(server: FastifyInstance, options: RequestGuardOptions): void {
  server.addHook('onRequest', async (request, reply) => {
    const { raw, url, method } = request;
    const path = pathOf(url);
    if (OPEN_PATHS.has(path) && SAFE_METHODS.has(method)) return;
    try {
      checkHost(raw, options);
      if (!SAFE_METHODS.has(method)) checkOrigin(raw, options);
      const caller = callerOf(raw, path, options);
      if (!SAFE_METHODS.has(method))
        options.logger.info(
          { caller: caller?.name ?? 'anyone', peer: request.ip, method, path },
          'admin request',
        );
    } catch (thrown) {
      const error = PairstreamError.from(thrown);
      if (error.code === 'UNAUTHENTICATED')
        void reply.header('www-authenticate', 'Bearer realm="pairstream"');
      await reply.code(error.httpStatus).type(PROBLEM_MEDIA_TYPE).send(problemDetails(error, url));
    }
  });
}

/** A page that points a name of its own at the gateway (DNS rebinding) has the same origin for the browser, but another Host. */
function checkHost({ headers: { host = '' } }: IncomingMessage, options: RequestGuardOptions): void {
  const name = hostNameOf(host);
  const address = name?.replaceAll(/[[\]]/g, '') ?? '';
  if (name !== undefined && (name === 'localhost' || isIP(address) !== 0 || options.allowedHosts.has(name)))
    return;
  options.onRefused('host');
  throw new PairstreamError(
    'PERMISSION_DENIED',
    `host: ${shownField(host)}, expected localhost, an IP address or a name of PAIRSTREAM_ADMIN_ALLOWED_HOSTS`,
    { field: 'host' },
  );
}

/** Browsers send Origin or Sec-Fetch-Site with requests that change something; other programs send neither. */
function checkOrigin({ headers }: IncomingMessage, options: RequestGuardOptions): void {
  const site = headers['sec-fetch-site'];
  const { origin, host = '' } = headers;
  const isSame =
    origin === undefined || (URL.canParse(origin) && new URL(origin).host === host.toLowerCase());
  const isSameSite = site === undefined || site === 'same-origin' || site === 'none';
  const type = headers['content-type'];
  const isJson = type === undefined || /^application\/json\s*(;|$)/i.test(type);
  if (isSame && isSameSite && isJson) return;
  options.onRefused('origin');
  const [field, value] = isJson ? (['origin', origin ?? site] as const) : (['content-type', type] as const);
  const expected = isJson ? 'a request of the gateway itself or of no web page' : 'application/json';
  throw new PairstreamError(
    isJson ? 'PERMISSION_DENIED' : 'INVALID_REQUEST',
    `${field}: ${shownField(String(value))}, expected ${expected}`,
    { field },
  );
}

function callerOf({ headers, socket }: IncomingMessage, path: string, options: RequestGuardOptions) {
  const { callers, onRefused } = options;
  const isVerified = socket instanceof TLSSocket && socket.authorized;
  return callers?.current.authenticate(
    {
      authorization: headers.authorization,
      certificate: isVerified ? socket.getPeerX509Certificate() : undefined,
    },
    { scope: scopeOf(path), subject: path, onRefused },
  );
}

/** Routes that are not listed, unknown ones included, need the scope of operators. */
function scopeOf(path: string): Scope {
  return READ_PATHS.test(path) ? 'read' : 'admin';
}

/** The path as the router sees it: a path that is written in another way is no open path. */
function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}
