/** The answer to an admin request. */
export interface AdminAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined if it is none. */
  readonly json: unknown;
}

/** Calls the admin routes of a gateway. */
export class AdminCalls {
  /** @param url of the admin application, without a path */
  constructor(readonly url: string) {}

  get(path: string): Promise<AdminAnswer> {
    return this.request(path);
  }

  post(path: string, body?: unknown): Promise<AdminAnswer> {
    return this.send('POST', path, body);
  }

  put(path: string, body: unknown): Promise<AdminAnswer> {
    return this.send('PUT', path, body);
  }

  async request(path: string, init?: RequestInit): Promise<AdminAnswer> {
    const response = await fetch(this.url + path, init);
    const text = await response.text();
    const contentType = response.headers.get('content-type') ?? '';
    return { status: response.status, contentType, headers: response.headers, text, json: parse(text) };
  }

  private send(method: string, path: string, body: unknown): Promise<AdminAnswer> {
    if (body === undefined) return this.request(path, { method });
    const headers = { 'content-type': 'application/json' };
    return this.request(path, { method, headers, body: JSON.stringify(body) });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
