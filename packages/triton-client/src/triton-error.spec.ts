import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { TritonError, type TritonErrorKind } from './triton-error.js';

type StatusName = keyof typeof status;

function serviceError(code: StatusName, details: string): ServiceError {
  const error = new Error(`${status[code]} ${code}: ${details}`);
  return Object.assign(error, { code: status[code], details, metadata: new Metadata() });
}

/** Statuses and texts of a real server, and of gRPC itself. */
const KNOWN: readonly [kind: TritonErrorKind, code: StatusName, text: string][] = [
  ['busy', 'UNAVAILABLE', '[request id: <id_unknown>] Exceeds maximum queue size'],
  ['busy', 'UNAVAILABLE', 'Request timeout expired'],
  ['busy', 'UNAVAILABLE', "in ensemble 'all', Request timeout expired"],
  ['down', 'UNAVAILABLE', 'Server exiting'],
  ['down', 'UNAVAILABLE', 'Server not ready'],
  ['down', 'UNAVAILABLE', 'No connection established. Last error: connect ECONNREFUSED 127.0.0.1:1'],
  ['down', 'CANCELLED', 'the server went away'],
  ['unknown_model', 'NOT_FOUND', "Request for unknown model: 'm' is not found"],
  ['unknown_model', 'NOT_FOUND', "Request for unknown model: 'm' version 2 is not found"],
  ['unknown_model', 'NOT_FOUND', "Request for unknown model: 'm' has no available versions"],
  ['unknown_model', 'UNAVAILABLE', "Request for unknown model: 'm' version 1 is not at ready state"],
  ['unknown_model', 'INVALID_ARGUMENT', 'Request for unknown model : m'],
  ['unknown_model', 'INVALID_ARGUMENT', "requested model 'm' is not available"],
  ['unknown_model', 'INVALID_ARGUMENT', "requested model version is not available for model 'm'"],
  ['unknown_region', 'NOT_FOUND', "Unable to find shared memory region: 'r'"],
  ['unknown_region', 'NOT_FOUND', "Unable to find system shared memory region: 'r'"],
  ['unknown_region', 'NOT_FOUND', "Unable to find cuda shared memory region: 'r'"],
  ['invalid_argument', 'INVALID_ARGUMENT', "unexpected inference input 'x' for model 'm'"],
  ['invalid_argument', 'ALREADY_EXISTS', "shared memory region 'r' already in manager"],
  ['invalid_argument', 'INTERNAL', "Unable to open shared memory region: '/r'"],
  ['unsupported', 'UNIMPLEMENTED', "ModelInfer RPC doesn't support models with decoupled transaction policy"],
  ['unsupported', 'UNAVAILABLE', 'explicit model load / unload is not allowed if polling is enabled'],
  ...(['UNIMPLEMENTED', 'UNAVAILABLE', 'INVALID_ARGUMENT'] as const).map(
    (code): [TritonErrorKind, StatusName, string] => [
      'unsupported',
      code,
      "Client shared memory is disabled. Start the server with '--allow-client-shm=true' to enable.",
    ],
  ),
  ['too_large', 'RESOURCE_EXHAUSTED', 'Received message larger than max (5000 vs. 4194304)'],
  ['unauthenticated', 'UNAUTHENTICATED', 'no token'],
  ['unauthenticated', 'UNAVAILABLE', "This protocol is restricted, expecting header 'k'"],
  ['permission_denied', 'PERMISSION_DENIED', 'not for you'],
  ['internal', 'INTERNAL', "This protocol is restricted, expecting header 'k'"],
  ['late', 'DEADLINE_EXCEEDED', 'Deadline exceeded after 0.1s'],
  ['internal', 'INTERNAL', "Failed to process the request(s) for model 'm_0', message: ValueError"],
  ['internal', 'UNKNOWN', 'anything'],
  ['internal', 'DATA_LOSS', 'anything'],
  // What a model says of itself is no word of the server.
  ['internal', 'INTERNAL', 'Request timeout expired'],
  ['internal', 'UNKNOWN', "Request for unknown model: 'm' is not found"],
  ['unknown_model', 'NOT_FOUND', 'no such user'],
];

describe('TritonError', () => {
  it.each([...KNOWN])('is %s for %s "%s"', (kind, code, details) => {
    const cause = serviceError(code, details);
    const error = TritonError.fromCall(cause, false);
    expect(error).toMatchObject({ name: 'TritonError', kind, message: details, cause });
  });

  it('is cancelled when the caller did it', () => {
    const cause = serviceError('CANCELLED', 'Cancelled on client');
    expect(TritonError.fromCall(cause, true).kind).toBe('cancelled');
    expect(TritonError.fromCall(serviceError('DEADLINE_EXCEEDED', 'late'), true).kind).toBe('late');
  });

  it('tells the status where there is no text', () => {
    const { kind, message } = TritonError.fromCall(serviceError('INVALID_ARGUMENT', ''), false);
    expect({ kind, message }).toEqual({
      kind: 'invalid_argument',
      message: 'INVALID_ARGUMENT, without a text',
    });
  });

  it('leaves out an empty note of gRPC', () => {
    const cause = serviceError('UNAVAILABLE', 'No connection established. Resolution note: ');
    expect(TritonError.fromCall(cause, false).message).toBe('No connection established');
  });

  it.each([
    ['busy', '[request id: 1] Exceeds maximum queue size'],
    ['busy', 'Request timeout expired'],
    ['unknown_model', "Request for unknown model: 'm' is not found"],
    ['unknown_region', "Unable to find shared memory region: 'r'"],
    ['internal', 'Server exiting'],
    ['internal', 'anything'],
  ])('is %s for the text "%s" alone', (kind, text) => {
    expect(TritonError.fromText(text)).toMatchObject({ name: 'TritonError', kind, message: text });
  });
});
