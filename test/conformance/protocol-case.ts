import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { InferInput, InferRequest, RawResponse } from '@pairstream/triton-client';
import { TritonError } from '@pairstream/triton-client';
import type { ConformanceServer } from './conformance-server.js';

/** What is done to a server, and what comes of it. */
export interface ProtocolCase {
  readonly name: string;
  readonly act: (server: ConformanceServer) => Promise<unknown>;
  /** What `act` returns, or a `failure`. */
  readonly expected: unknown;
}

/** An error as it is compared. */
export interface Failure {
  readonly kind: string;
  /** gRPC's; undefined where the client raised it before anything was sent, or a stream told a text alone. */
  readonly code: number | undefined;
  readonly text: string;
}

const EVENTUALLY_MS = 60_000;
const ASK_AGAIN_MS = 20;

/** Codes of gRPC. */
export const CODE = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
} as const;

/** What came of an attempt: its value, or how it failed. @throws what is no TritonError */
export async function outcomeOf(attempt: Promise<unknown>): Promise<unknown> {
  try {
    return await attempt;
  } catch (error) {
    if (error instanceof TritonError) return failureOf(error);
    throw error;
  }
}

/** An error as it is compared. */
export function failureOf({ kind, message, cause }: TritonError): Failure {
  const code = cause instanceof Error && 'code' in cause ? Number(cause.code) : undefined;
  return { kind, code, text: message };
}

/** The outputs of a response, byte for byte: datatype, shape and hex by name. */
export function outputsOf({ outputs }: RawResponse): Record<string, string> {
  return Object.fromEntries(
    [...outputs].map(([name, { datatype, shape, bytes }]) => [name, tensorText(datatype, shape, bytes)]),
  );
}

/** A tensor as it is compared. */
export function tensorText(datatype: string, shape: readonly number[], bytes: Uint8Array): string {
  return `${datatype} [${shape.join(', ')}] ${Buffer.from(bytes).toString('hex')}`;
}

/** Sends one request. @returns its outputs, byte for byte */
export async function inferOutputs(
  { client }: ConformanceServer,
  modelName: string,
  inputs: readonly InferInput[],
  request: Partial<InferRequest> = {},
): Promise<Record<string, string>> {
  return outputsOf(await client.inferRaw({ modelName, inputs, ...request }));
}

/** An input of FP32. */
export function fp32(name: string, shape: readonly number[], values: readonly number[]): InferInput {
  return { name, datatype: 'FP32', shape, data: Float32Array.from(values) };
}

/** An input of INT32. */
export function int32(name: string, shape: readonly number[], values: readonly number[]): InferInput {
  return { name, datatype: 'INT32', shape, data: Int32Array.from(values) };
}

/** An input of BYTES. */
export function strings(
  name: string,
  shape: readonly number[],
  data: readonly (string | Uint8Array)[],
): InferInput {
  return { name, datatype: 'BYTES', shape, data };
}

/** Hex of the elements of an FP32 tensor. */
export function hex32(...values: number[]): string {
  return Buffer.from(Float32Array.from(values).buffer).toString('hex');
}

/** What a failed attempt comes to. @param text what its text is, or matches */
export function failure(kind: string, code: number | undefined, text: string | RegExp): unknown {
  return { kind, code, text: typeof text === 'string' ? text : (expect.stringMatching(text) as unknown) };
}

/** Asks again until there is an answer. @param limitMs default 60,000 @throws Error when there is none by then */
export async function eventually<T>(ask: () => Promise<T | undefined>, limitMs = EVENTUALLY_MS): Promise<T> {
  const deadlineMs = Date.now() + limitMs;
  while (Date.now() < deadlineMs) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(ASK_AGAIN_MS);
  }
  throw new Error(`no answer for ${limitMs} ms`);
}
