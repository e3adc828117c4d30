import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NullBackend } from '../../src/offline/bench/load/null-backend.js';
import { nullModels } from '../../src/offline/bench/load/null-models.js';
import { AdminCalls } from '../support/gateway/admin-calls.js';
import { SHIPPED_PIPELINE, startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const LEVEL = '/admin/v1/log-level';

interface BadRequest {
  readonly name: string;
  readonly path: string;
  readonly init?: RequestInit;
  readonly status: number;
  readonly code: string;
  readonly field?: string;
  readonly detail: string | RegExp;
}

const BAD_REQUESTS: readonly BadRequest[] = [
  {
    name: 'an unknown route',
    path: '/nowhere',
    status: 404,
    code: 'NOT_FOUND',
    detail: 'Cannot GET /nowhere',
  },
  {
    name: 'a method that the route does not have',
    path: LEVEL,
    init: { method: 'DELETE' },
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
    field: 'method',
    detail: 'method: DELETE, expected GET or HEAD or PUT',
  },
  {
    name: 'a body that is no JSON',
    path: LEVEL,
    init: { method: 'PUT', headers: JSON_TYPE, body: '{"level' },
    status: 400,
    code: 'INVALID_REQUEST',
    detail: /not valid JSON/,
  },
  {
    name: 'an empty body',
    path: LEVEL,
    init: { method: 'PUT', headers: JSON_TYPE, body: '' },
    status: 400,
    code: 'INVALID_REQUEST',
    detail: /cannot be empty/,
  },
  {
    name: 'no body',
    path: LEVEL,
    init: { method: 'PUT' },
    status: 400,
    code: 'INVALID_REQUEST',
    field: 'body',
    detail: 'body: missing, expected level',
  },
  {
    name: 'another content type',
    path: LEVEL,
    init: { method: 'PUT', headers: { 'content-type': 'text/xml' }, body: '<level/>' },
    status: 400,
    code: 'INVALID_REQUEST',
    field: 'content-type',
    detail: 'content-type: "text/xml", expected application/json',
  },
  {
    name: 'a body that is too large',
    path: LEVEL,
    init: { method: 'PUT', headers: JSON_TYPE, body: JSON.stringify({ level: 'x'.repeat(65_536) }) },
    status: 413,
    code: 'MESSAGE_TOO_LARGE',
    detail: /too large/,
  },
  {
    name: 'a value that is not accepted',
    path: LEVEL,
    init: { method: 'PUT', headers: JSON_TYPE, body: '{"level":"loud"}' },
    status: 400,
    code: 'INVALID_REQUEST',
    field: 'level',
    detail: 'level: "loud", expected one of info, silent, error, warn, debug',
  },
  {
    name: 'a field that does not exist',
    path: LEVEL,
    init: { method: 'PUT', headers: JSON_TYPE, body: '{"level":"info","lvl":1}' },
    status: 400,
    code: 'INVALID_REQUEST',
    detail: /unknown field lvl, expected level/,
  },
  {
    name: 'a key of the prototype',
    path: LEVEL,
    init: { method: 'PUT', headers: JSON_TYPE, body: '{"level":"info","__proto__":{"level":"debug"}}' },
    status: 400,
    code: 'INVALID_REQUEST',
    detail: /./,
  },
  {
    name: 'a query that does not exist',
    path: '/admin/v1/streams?lmit=1',
    status: 400,
    code: 'INVALID_REQUEST',
    field: 'query',
    detail: /unknown field lmit, expected limit, after/,
  },
  {
    name: 'a page that is too long',
    path: '/admin/v1/streams?limit=1001',
    status: 400,
    code: 'INVALID_REQUEST',
    field: 'limit',
    detail: 'limit: "1001", expected a whole number from 1 to 1000',
  },
  {
    name: 'a stream that is no number',
    path: '/admin/v1/streams/first/close',
    init: { method: 'POST' },
    status: 400,
    code: 'INVALID_REQUEST',
    field: 'stream',
    detail: 'stream: "first", expected a whole number from 1 to 9007199254740991',
  },
  {
    name: 'a stream that is not open',
    path: '/admin/v1/streams/7/close',
    init: { method: 'POST' },
    status: 404,
    code: 'NOT_FOUND',
    field: 'stream',
    detail: 'stream: 7 is not open',
  },
  {
    name: 'a model that does not exist',
    path: '/admin/v1/models/xgb9',
    status: 404,
    code: 'NOT_FOUND',
    field: 'model',
    detail: /^model: "xgb9", expected one of xgb1, /,
  },
  {
    name: 'a load of a model that does not exist',
    path: '/admin/v1/models/xgb9/load',
    init: { method: 'POST' },
    status: 404,
    code: 'NOT_FOUND',
    field: 'model',
    detail: /^model: "xgb9", expected one of xgb1, /,
  },
  {
    name: 'a name that is too long',
    path: `/admin/v1/models/${'x'.repeat(300)}`,
    status: 400,
    code: 'INVALID_REQUEST',
    field: 'model',
    detail: /expected at most 256 characters$/,
  },
  {
    name: 'a flag that is none',
    path: '/admin/v1/models/xgb1/unload?force=yes',
    init: { method: 'POST' },
    status: 400,
    code: 'INVALID_REQUEST',
    field: 'force',
    detail: 'force: "yes", expected true or false',
  },
  {
    name: 'a flag that is given twice',
    path: '/admin/v1/models/xgb1/unload?force=true&force=false',
    init: { method: 'POST' },
    status: 400,
    code: 'INVALID_REQUEST',
    field: 'force',
    detail: /expected true or false$/,
  },
  {
    name: 'a table that does not exist',
    path: '/admin/v1/statistics/nowhere',
    status: 404,
    code: 'NOT_FOUND',
    field: 'table',
    detail: /^table: "nowhere", expected one of a_user_id, /,
  },
  {
    name: 'a path that cannot be decoded',
    path: '/admin/v1/models/%E0%A4%A',
    status: 400,
    code: 'INVALID_REQUEST',
    field: 'path',
    detail: /^path: /,
  },
];

describe('a wrong admin request', () => {
  let gateway: TestGateway;
  let admin: AdminCalls;

  beforeAll(async () => {
    gateway = await startTestGateway(
      {},
      { backend: new NullBackend(nullModels(SHIPPED_PIPELINE)), checksGoldenRows: false },
    );
    admin = new AdminCalls(gateway.adminUrl);
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  it.each(BAD_REQUESTS)('with $name is answered with problem details', async (request) => {
    const { path, init, status, code, field, detail } = request;
    const answer = await admin.request(path, init);
    expect(answer).toMatchObject({
      status,
      contentType: expect.stringContaining('application/problem+json'),
      json: {
        type: `urn:pairstream:error:${code}`,
        status,
        code,
        instance: path,
        ...(field === undefined ? {} : { field }),
      },
    });
    expect((answer.json as { detail: string }).detail).toMatch(detail);
    expect(answer.text).not.toContain('\\n');
    expect(answer.text).not.toMatch(/ at \w+ \(/);
  });

  it('for the method says which are allowed', async () => {
    const { headers } = await admin.request(LEVEL, { method: 'POST' });
    expect(headers.get('allow')).toBe('GET, HEAD, PUT');
  });

  it('changes nothing', async () => {
    expect((await admin.get(LEVEL)).json).toEqual({ level: 'silent' });
    const { json } = await admin.get('/admin/v1/models');
    expect(JSON.stringify(json)).not.toContain('unloaded');
  });
});
