import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Server } from '@grpc/grpc-js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { widenWindows } from './flow-control.js';
import { Connections } from './connections.js';
import { OpenCalls } from './open-calls.js';
import { createGuardedServer } from './guarded-server.js';
import { GRPC_JS_VERSION } from './library-parts.js';
import { CallerAccounts } from '../../../concurrency/caller-accounts.js';
import { PeerIdentity } from './caller-identity.js';
import { IdentifiedCalls } from './identified-calls.js';
import { MessageBudget } from './message-budget.js';
import { MessageLeases } from './message-leases.js';
import { meterCalls } from './metered-call.js';
import { UnfinishedMessages } from './unfinished-messages.js';

const ROOT = join(import.meta.dirname, '../../../..');
const readJson = (path: string): unknown => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
const ERROR = new RegExp(
  `^the installed @grpc/grpc-js has no .*, expected version ${GRPC_JS_VERSION}; run npm ci$`,
);

afterEach(() => vi.restoreAllMocks());

describe('the version of grpc-js whose private parts are replaced', () => {
  const PINNED = { dependencies: { '@grpc/grpc-js': GRPC_JS_VERSION } };
  it.each<[string, string, object]>([
    ['is pinned exactly', 'package.json', PINNED],
    [
      'is the one of the lock file',
      'package-lock.json',
      { packages: { '': PINNED, 'node_modules/@grpc/grpc-js': { version: GRPC_JS_VERSION } } },
    ],
    ['is installed', 'node_modules/@grpc/grpc-js/package.json', { version: GRPC_JS_VERSION }],
  ])('%s', (_name, path, expected) => {
    expect(readJson(path)).toMatchObject(expected);
  });
});

describe('a version without a part is refused by name', () => {
  it.each<[string, () => unknown]>([
    [
      'that creates HTTP/2 servers',
      () => {
        const prototype: { createHttp2Server?: unknown } = Server.prototype as object;
        vi.spyOn(prototype, 'createHttp2Server', 'get').mockReturnValue(undefined);
        return createGuardedServer({
          grpc: {},
          connections: new Connections(),
          connectionLimit: 1,
          maxStreamsPerConnection: 1,
          openCalls: new OpenCalls(1_000),
          onCall: () => undefined,
          onRefused: () => undefined,
          onDroppedConnection: () => undefined,
        });
      },
    ],
    [
      'that assembles messages',
      () => {
        const budget = new MessageBudget(1);
        const leases = new MessageLeases(budget);
        const unfinished = new UnfinishedMessages(1_000);
        const calls = new IdentifiedCalls(new PeerIdentity(), new CallerAccounts());
        const metering = {
          budget,
          leases,
          calls,
          unfinished,
          maxMessageBytes: 1,
          onRefused: () => undefined,
        };
        return meterCalls(metering, () => true)({ path: '/' } as never, {} as never);
      },
    ],
    ['that keeps the HTTP/2 servers', () => widenWindows({} as Server)],
  ])('%s', (_name, use) => {
    expect(use).toThrow(ERROR);
  });
});
