import { ServerError, type TlsOptions } from '@pairstream/client';
import { z } from 'zod';
import { CATALOGUE, type ErrorCode, GRPC_CODE } from '../../errors/catalogue.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { schemaProblems } from '../../errors/schema-problems.js';
import { sendHttp } from './http-request.js';

/** Address of the admin application of a gateway, and the patience with it. */
export interface AdminClientOptions {
  readonly url: URL;
  /** Deadline of each request, milliseconds. */
  readonly timeoutMs: number;
  /** For an https URL. Default: the authorities that Node trusts. */
  readonly tls?: TlsOptions | undefined;
  /** Token of the caller. Default: none. */
  readonly token?: string | undefined;
}

/** A request to an admin route. */
export interface AdminRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Segments of the path after /admin/v1; each is encoded. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: object;
}

const problemSchema = z.object({ code: z.string(), detail: z.string(), field: z.string().optional() });

/** Calls the admin routes of a gateway. */
export class AdminClient {
  constructor(private readonly options: AdminClientOptions) {}

  /**
   * Sends a request.
   * @param schema of the answer
   * @throws ServerError for a problem that the gateway answers with, no answer in time, or an answer that is no gateway's
   */
  async send<T>(request: AdminRequest, schema: z.ZodType<T>): Promise<T> {
    const { body } = request;
    const url = this.urlOf(request);
    const response = await this.fetch(url, request.method, body && JSON.stringify(body));
    const parsed = response.isOk ? schema.safeParse(response.json) : undefined;
    if (parsed?.success === true) return parsed.data;
    if (parsed === undefined) throw problemOf(url, response.status, response.json);
    const problem = `${url.href}: an answer that this version does not know: ${schemaProblems(parsed.error)}`;
    throw ServerError.ofTransport(GRPC_CODE.UNKNOWN, problem, parsed.error);
  }

  private urlOf({ path, query = {} }: AdminRequest): URL {
    const base = this.options.url.href.replace(/\/+$/, '');
    const url = new URL(`${base}/admin/v1/${path.map(encodeURIComponent).join('/')}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    return url;
  }

  private async fetch(
    url: URL,
    method: string,
    body: string | undefined,
  ): Promise<{ readonly isOk: boolean; readonly status: number; readonly json: unknown }> {
    const { timeoutMs, tls, token } = this.options;
    const signal = AbortSignal.timeout(timeoutMs);
    const headers = {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    try {
      const { status, text } = await sendHttp({ url, method, headers, body, tls, signal });
      return { isOk: status >= 200 && status < 300, status, json: parseJson(text) };
    } catch (error) {
      if (signal.aborted)
        throw ServerError.ofTransport(
          GRPC_CODE.DEADLINE_EXCEEDED,
          `${url.href}: no answer within ${timeoutMs} ms`,
          error,
        );
      const message = `no gateway answers at ${url.origin} (${causeOf(error)})`;
      throw ServerError.ofTransport(GRPC_CODE.UNAVAILABLE, message, error);
    }
  }
}

/** Parses the address of an admin application. @throws PairstreamError INVALID_CONFIG for anything but an HTTP URL */
export function parseAdminUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && ['http:', 'https:'].includes(url.protocol) && url.search === '' && url.hash === '')
    return url;
  const message = `--url is ${JSON.stringify(text)}, expected an HTTP URL, for instance http://127.0.0.1:8080`;
  throw new PairstreamError('INVALID_CONFIG', message, { field: '--url' });
}

function problemOf(url: URL, status: number, json: unknown): ServerError {
  const parsed = problemSchema.safeParse(json);
  if (!parsed.success)
    return ServerError.ofTransport(
      GRPC_CODE.UNKNOWN,
      `${url.href}: HTTP status ${status}, expected the admin application of a gateway`,
    );
  const { code: reason, detail: message, field } = parsed.data;
  const code = isKnown(reason) ? GRPC_CODE[CATALOGUE[reason].grpc] : GRPC_CODE.UNKNOWN;
  return new ServerError({ code, message, reason, field, retryAfterMs: undefined });
}

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(CATALOGUE, code);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The code of the system error behind a failed fetch, for instance ECONNREFUSED. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (!(cause instanceof Error)) return String(cause);
  return 'code' in cause ? String(cause.code) : cause.message;
}
