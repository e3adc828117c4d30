import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type InferRequest, TritonClient, TritonError } from '@pairstream/triton-client';
import { inferencePath, inferenceType } from '@pairstream/triton-client/messages';
import { grpcFrame } from '../support/network/http2-call.js';
import { type RawCall, RawHttp2Server } from '../support/network/raw-http2-server.js';
import { ScriptedServer } from '../support/network/scripted-server.js';
import { ROOT } from '../support/gateway/test-gateway.js';

const OPTIONS = { timeoutMs: 60_000 };
const GRPC = { ':status': '200', 'content-type': 'application/grpc' };
const INPUT = { name: 'x', datatype: 'FP32', shape: [1, 2], data: Float32Array.of(1, 2) } as const;
const REQUEST: InferRequest = { modelName: 'm', inputs: [INPUT] };

/** The message that a request fails with. */
async function messageOf(target: string, request: InferRequest): Promise<string> {
  using client = new TritonClient({ target });
  const thrown: unknown = await client.infer(request, OPTIONS).catch((error: unknown) => error);
  return thrown instanceof TritonError ? thrown.message : 'no TritonError';
}

const refusing = (request: object) => (): Promise<string> =>
  messageOf('127.0.0.1:9', { ...REQUEST, ...request });

function answering(datatype: string, contents: object) {
  return async (): Promise<string> => {
    const type = inferenceType('ModelInferResponse');
    const response = type.fromObject({ outputs: [{ name: 'y', datatype, shape: [2], contents }] });
    const bytes = Buffer.from(type.encode(response).finish());
    using server = await ScriptedServer.start({ [inferencePath('ModelInfer')]: () => bytes }, {});
    return await messageOf(server.target, REQUEST);
  };
}

function raw(answer: (call: RawCall) => unknown) {
  return async (): Promise<string> => {
    using server = await RawHttp2Server.start(answer);
    return await messageOf(server.target, REQUEST);
  };
}

const page = (httpStatus: number): (() => Promise<string>) =>
  raw((call) => call.headers({ ':status': `${httpStatus}`, 'content-type': 'text/html' }, true));

async function http1(): Promise<string> {
  const server = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const message = await messageOf(`127.0.0.1:${(server.address() as AddressInfo).port}`, REQUEST);
  server.close();
  return message;
}

/** What provokes the messages of the page, in its order. */
const PROVOCATIONS: readonly (() => Promise<string>)[] = [
  refusing({ id: '\ud83d' }),
  refusing({ parameters: { weight: Number.NaN } }),
  refusing({ parameters: { seed: 2 ** 53 } }),
  refusing({ inputs: [{ ...INPUT, shape: [1, '2'] }] }),
  answering('INT8', { intContents: [300, 0] }),
  answering('FP32', { fp64Contents: [1, 2] }),
  answering('FP16', { fp32Contents: [1, 2] }),
  answering('FP32', { fp32Contents: [1] }),
  page(401),
  page(404),
  page(413),
  page(502),
  page(200),
  http1,
  raw((call) => call.headers(GRPC).data(grpcFrame(Buffer.alloc(0)), true)),
  raw((call) => {
    const message = "This protocol is restricted, expecting header 'triton-grpc-protocol-infer-key'";
    return call.headers({ ...GRPC, 'grpc-status': '14', 'grpc-message': message }, true);
  }),
];

describe('the messages of docs/guides/triton-client.md', () => {
  it('are those of the client', async () => {
    const text = readFileSync(join(ROOT, 'docs/guides/triton-client.md'), 'utf8');
    const table = text.slice(text.indexOf('| message | cause |'), text.indexOf('## Deadlines'));
    const documented = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, message]) => message);
    const seen: string[] = [];
    for (const provoke of PROVOCATIONS) seen.push(await provoke());
    expect(seen).toEqual(documented);
  });
});
