import { request as requestHttp } from 'node:http';
import { request as requestHttps, type RequestOptions } from 'node:https';
import { text as textOf } from 'node:stream/consumers';
import type { TlsOptions } from '@pairstream/grpc-channel';

/** A request over HTTP or HTTPS, by the URL. */
export interface HttpRequest {
  readonly url: URL;
  /** Path as it is sent. Default: path and query of the URL. */
  readonly path?: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** For HTTPS. Default: the authorities that Node trusts. */
  readonly tls: TlsOptions | undefined;
  readonly signal: AbortSignal;
}

/** Answer to a request. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** Sends a request and reads the answer. The global `fetch` has no option for authorities. @throws the error of node:http */
export async function sendHttp({
  url,
  path,
  method,
  headers,
  body,
  tls,
  signal,
}: HttpRequest): Promise<HttpAnswer> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return await new Promise((resolve, reject) => {
    const sent = request(
      url,
      { ...(path === undefined ? {} : { path }), method, headers, signal, agent: false, ...tlsOf(tls) },
      (response) => {
        textOf(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

function tlsOf({
  rootCertificates,
  certificateChain,
  privateKey,
  serverName,
}: TlsOptions = {}): RequestOptions {
  return {
    ...(rootCertificates === undefined ? {} : { ca: rootCertificates }),
    ...(certificateChain === undefined ? {} : { cert: certificateChain }),
    ...(privateKey === undefined ? {} : { key: privateKey }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
}
