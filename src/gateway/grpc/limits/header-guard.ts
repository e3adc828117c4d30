import type { IncomingHttpHeaders } from 'node:http2';
import { PairstreamError } from '../../../errors/pairstream-error.js';

/** Bytes that HTTP/2 counts for each header besides name and value (RFC 9113, section 6.5.2). */
const HEADER_OVERHEAD_BYTES = 32;

/** Most bytes of the headers of a call: names, values, and 32 bytes for each. */
export const MAX_HEADER_BYTES = 16_384;

/**
 * Longest deadline that is passed on: 24.8 days. grpc-js 1.14 keeps the timeout of a call in 32 bits: 25 to 50 days become
 * negative, 100 days become 14 hours (`| 0` in server-interceptors.js).
 */
const LONGEST_TIMEOUT = '2147483S';
const LONGEST_TIMEOUT_MS = 2_147_483_000;

const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};
const TIMEOUT = /^(\d{1,8})([HMSmun])$/;
const LEGAL_NAME = /^[0-9a-z_.-]+$/;
const PRINTABLE = /^[ -~]*$/;
/** Characters of a refused value that the message shows. */
const SHOWN_CHARACTERS = 40;

/**
 * Checks the headers of a call before grpc-js parses them, and removes headers that grpc-js handles badly.
 * grpc-js 1.14 splits the value of every `-bin` header at its commas and makes a Buffer of each part (metadata.js), so
 * 155 bytes on the wire become 11 MB; nothing in this process reads binary metadata. It also writes a log line for each header
 * whose name or value is not valid in gRPC.
 * @param headers is modified: `-bin` headers and headers not valid in gRPC are removed, a long grpc-timeout is shortened
 * @param rawHeaders names and values by turns, as received
 * @throws PairstreamError MESSAGE_TOO_LARGE for more than MAX_HEADER_BYTES, INVALID_REQUEST for a bad grpc-timeout
 */
export function guardHeaders(headers: IncomingHttpHeaders, rawHeaders: readonly string[]): void {
  let byteCount = (rawHeaders.length / 2) * HEADER_OVERHEAD_BYTES;
  for (const text of rawHeaders) byteCount += text.length;
  if (byteCount > MAX_HEADER_BYTES)
    throw new PairstreamError(
      'MESSAGE_TOO_LARGE',
      `headers: ${byteCount} bytes in ${rawHeaders.length / 2} headers, at most ${MAX_HEADER_BYTES} are accepted; send less metadata`,
    );
  for (const name of Object.keys(headers)) if (isUnusable(name, headers[name])) delete headers[name];
  const timeout = headers['grpc-timeout'];
  if (timeout !== undefined) headers['grpc-timeout'] = shortened(String(timeout));
}

function isUnusable(name: string, value: string | string[] | undefined): boolean {
  if (name.startsWith(':') || name === 'grpc-timeout') return false;
  if (name.endsWith('-bin') || !LEGAL_NAME.test(name)) return true;
  return typeof value === 'string'
    ? !PRINTABLE.test(value)
    : !(value ?? []).every((each) => PRINTABLE.test(each));
}

function shortened(timeout: string): string {
  const [, count, unit] = TIMEOUT.exec(timeout) ?? [];
  if (count === undefined || unit === undefined) {
    const shown = timeout.length > SHOWN_CHARACTERS ? `${timeout.slice(0, SHOWN_CHARACTERS)}...` : timeout;
    throw new PairstreamError(
      'INVALID_REQUEST',
      `grpc-timeout: ${JSON.stringify(shown)}, expected 1 to 8 digits and a unit (H, M, S, m, u or n)`,
      { field: 'grpc-timeout' },
    );
  }
  const timeoutMs = Number(count) * (UNIT_MS[unit] ?? 1);
  return timeoutMs > LONGEST_TIMEOUT_MS ? LONGEST_TIMEOUT : timeout;
}
