import { constants } from 'node:http2';
import type { TritonErrorKind } from '@pairstream/triton-client';
import { grpcFrame } from '../support/network/http2-call.js';
import { type RawCall } from '../support/network/raw-http2-server.js';

/** Head of an answer of gRPC. */
export const GRPC = { ':status': '200', 'content-type': 'application/grpc' };
const MESSAGE = grpcFrame(Buffer.alloc(0));
const HALF = grpcFrame(Buffer.alloc(100)).subarray(0, 50);

/** A failure of the connection or of the stream: the server may be asked again, or another one. */
export interface Break {
  readonly name: string;
  readonly answer: (call: RawCall) => unknown;
  /** Times that the server sees the request. A request that the server has not looked at is sent twice. */
  readonly callCount?: number;
  readonly text: RegExp;
}

const ENDED = /^the call was lost: the server ended the stream without a status of gRPC$/;
const GONE = /^the call was lost: the connection was closed$/;
const RESET = /^the call was lost: the server reset the stream \(HTTP\/2 code \d+\)$/;
/** Message of a stream that the server reset with an error. */
export const CLOSED = /^the call was lost: Stream closed with error code NGHTTP2_\w+$/;
/** Message of a call that the server refused twice without a look at it. A stream is not repeated. */
export const REFUSES = /^the call was lost: the server refuses it$/;
const SESSION = /^the call was lost: Session closed with error code \d+$/;

/** All ways in which a call ends without a status. */
export const BREAKS: readonly Break[] = [
  ...(
    [
      ['NO_ERROR', ENDED],
      ['INTERNAL_ERROR', CLOSED],
      ['CANCEL', RESET],
      ['ENHANCE_YOUR_CALM', CLOSED],
    ] as const
  ).flatMap(([name, text]) => {
    const code = constants[`NGHTTP2_${name}`];
    return [
      { name: `RST_STREAM ${name}`, answer: (call: RawCall) => call.reset(code), text },
      {
        name: `RST_STREAM ${name} after the head`,
        answer: (call: RawCall) => call.headers(GRPC).reset(code),
        text,
      },
      {
        name: `RST_STREAM ${name} within a message`,
        answer: (call: RawCall) => call.headers(GRPC).data(HALF).reset(code),
        text,
      },
      {
        name: `RST_STREAM ${name} after the message`,
        answer: (call: RawCall) => call.headers(GRPC).data(MESSAGE).reset(code),
        text,
      },
    ];
  }),
  {
    name: 'RST_STREAM REFUSED_STREAM',
    answer: (call) => call.reset(constants.NGHTTP2_REFUSED_STREAM),
    callCount: 2,
    text: REFUSES,
  },
  {
    name: 'RST_STREAM REFUSED_STREAM after the head',
    answer: (call) => call.headers(GRPC).reset(constants.NGHTTP2_REFUSED_STREAM),
    text: CLOSED,
  },
  {
    name: 'GOAWAY that leaves out every stream',
    answer: (call) => call.goAway(0, constants.NGHTTP2_NO_ERROR),
    callCount: 2,
    text: REFUSES,
  },
  {
    name: 'GOAWAY that leaves out this stream',
    answer: (call) => call.goAway(call.streamId - 1, constants.NGHTTP2_NO_ERROR),
    callCount: 2,
    text: REFUSES,
  },
  {
    name: 'GOAWAY that leaves out a stream with a head',
    answer: (call) => call.headers(GRPC).goAway(0, constants.NGHTTP2_NO_ERROR),
    text: CLOSED,
  },
  {
    name: 'GOAWAY with an error',
    answer: (call) => call.goAway(0, constants.NGHTTP2_INTERNAL_ERROR),
    text: SESSION,
  },
  {
    name: 'GOAWAY, and the end of the connection',
    answer: (call) => call.goAway(call.streamId, constants.NGHTTP2_NO_ERROR).end(),
    text: GONE,
  },
  { name: 'the connection closed', answer: (call) => call.end(), text: GONE },
  { name: 'the connection closed after the head', answer: (call) => call.headers(GRPC).end(), text: GONE },
  {
    name: 'the connection closed within a message',
    answer: (call) => call.headers(GRPC).data(HALF).end(),
    text: GONE,
  },
  {
    name: 'the connection reset',
    answer: (call) => call.abort(),
    text: /^the call was lost: (read|write) (ECONNRESET|EPIPE)$/,
  },
  { name: 'half-closed with a head alone', answer: (call) => call.headers(GRPC, true), text: ENDED },
  {
    name: 'half-closed without trailers',
    answer: (call) => call.headers(GRPC).data(MESSAGE, true),
    text: ENDED,
  },
  {
    name: 'half-closed within a message',
    answer: (call) => call.headers(GRPC).data(HALF, true),
    text: ENDED,
  },
  {
    name: 'trailers without grpc-status',
    answer: (call) => call.headers(GRPC).data(MESSAGE).headers({ 'x-a': 'b' }, true),
    text: ENDED,
  },
];

/** Answers of HTTP alone with a page, as proxies and web servers send them. Statuses that gRPC does not map are UNKNOWN. */
export const PAGES: readonly (readonly [httpStatus: number, kind: TritonErrorKind, text: string])[] = [
  [200, 'internal', 'the server answers with text/html, not with gRPC'],
  [308, 'internal', 'the server answers with HTTP status 308 (Permanent Redirect), not with gRPC'],
  [400, 'internal', 'the server answers with HTTP status 400 (Bad Request), not with gRPC'],
  [401, 'unauthenticated', 'the server answers with HTTP status 401 (Unauthorized), not with gRPC'],
  [403, 'permission_denied', 'the server answers with HTTP status 403 (Forbidden), not with gRPC'],
  [404, 'unsupported', 'the server answers with HTTP status 404 (Not Found), not with gRPC'],
  [408, 'down', 'the server answers with HTTP status 408 (Request Timeout), not with gRPC'],
  [413, 'too_large', 'the server answers with HTTP status 413 (Payload Too Large), not with gRPC'],
  [418, 'internal', "the server answers with HTTP status 418 (I'm a Teapot), not with gRPC"],
  [429, 'down', 'the server answers with HTTP status 429 (Too Many Requests), not with gRPC'],
  [500, 'internal', 'the server answers with HTTP status 500 (Internal Server Error), not with gRPC'],
  [502, 'down', 'the server answers with HTTP status 502 (Bad Gateway), not with gRPC'],
  [503, 'down', 'the server answers with HTTP status 503 (Service Unavailable), not with gRPC'],
  [504, 'down', 'the server answers with HTTP status 504 (Gateway Timeout), not with gRPC'],
  [599, 'internal', 'the server answers with HTTP status 599, not with gRPC'],
];

/** Heads of answers of HTTP that differ from the above. */
export const HEADS: readonly (readonly [
  name: string,
  headers: Record<string, string>,
  kind: TritonErrorKind,
  text: string,
])[] = [
  [
    '200 without a type',
    { ':status': '200' },
    'internal',
    'the server answers with no content-type, not with gRPC',
  ],
  [
    '413 with a status of gRPC',
    { ':status': '413', 'content-type': 'application/grpc', 'grpc-status': '8', 'grpc-message': 'too big' },
    'too_large',
    'too big',
  ],
  [
    '200 with UNAUTHENTICATED',
    { ...GRPC, 'grpc-status': '16', 'grpc-message': 'who are you' },
    'unauthenticated',
    'who are you',
  ],
  [
    '200 with PERMISSION_DENIED',
    { ...GRPC, 'grpc-status': '7', 'grpc-message': 'not you' },
    'permission_denied',
    'not you',
  ],
];

/** Answers with an empty message, as a gRPC server does. */
export function answerWell(call: RawCall): void {
  call.headers(GRPC).data(MESSAGE).headers({ 'grpc-status': '0' }, true);
}

/** Answers with a page and no status of gRPC. */
export function answerPage(call: RawCall, httpStatus: number): void {
  call
    .headers({ ':status': `${httpStatus}`, 'content-type': 'text/html' })
    .data(Buffer.from('<html></html>'), true);
}
