import type { X509Certificate } from 'node:crypto';
import type { Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Authenticator, RefusalReason } from '../../../security/authenticator.js';
import type { Scope } from '../../../security/caller.js';
import type { ReloadedFiles } from '../../../security/reloaded-files.js';

/** Metadata key of the caller's entry. The server sets it; a value that a caller sends is removed. */
export const CALLER_HEADER = 'pairstream-caller';

/** Authentication of calls. */
export interface CallAuthentication {
  readonly callers: ReloadedFiles<Authenticator>;
  readonly onRefused: (reason: RefusalReason) => void;
}

/** Probes of load balancers and of Kubernetes have no token, and learn only that the gateway is ready. */
const OPEN_SERVICE = '/grpc.health.v1.Health/';
const SCOPES: ReadonlyMap<string, Scope> = new Map([
  ['/pairstream.v1.PairService/Predict', 'predict'],
  ['/pairstream.v1.PairService/PredictStream', 'predict'],
  ['/pairstream.v1.PairService/Feedback', 'feedback'],
]);
const REFLECTION = '/grpc.reflection.';

const certificates = new WeakMap<Http2Session, X509Certificate | undefined>();

/** Remembers the certificate of a client, which TLS has verified. */
export function rememberCertificate(session: Http2Session): void {
  const { socket } = session;
  if ('getPeerX509Certificate' in socket) certificates.set(session, socket.getPeerX509Certificate());
}

/**
 * Finds the caller of a call, and names the entry in CALLER_HEADER. The token is removed from the headers.
 * @param headers is modified
 * @throws PairstreamError UNAUTHENTICATED, PERMISSION_DENIED
 */
export function identifyCaller(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  authentication: CallAuthentication | undefined,
): void {
  const { authorization } = headers;
  delete headers[CALLER_HEADER];
  if (authentication === undefined) return;
  delete headers.authorization;
  const path = String(headers[':path']);
  if (path.startsWith(OPEN_SERVICE)) return;
  const { session } = stream;
  const certificate = session === undefined ? undefined : certificates.get(session);
  const { callers, onRefused } = authentication;
  const demand = { scope: scopeOf(path), subject: path.slice(1), onRefused };
  headers[CALLER_HEADER] = callers.current.authenticate({ authorization, certificate }, demand).key;
}

/** GetServerInfo and unknown methods take any caller: clients ask it for limits and worker threads before other calls. */
function scopeOf(path: string): Scope | undefined {
  return path.startsWith(REFLECTION) ? 'read' : SCOPES.get(path);
}
