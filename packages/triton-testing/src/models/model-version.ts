import { invalidArgument } from '../fake-triton-error.js';

const LARGEST = 2n ** 63n - 1n;
const EXPECTED = 'version should be an integral value > 0';
/** Number at the beginning of a text, as C++ parses it. */
const NUMBER = /^\s*([+-]?\d+)/;

/**
 * Reads the version that a request names.
 * @returns undefined where it leaves the choice to the server
 * @throws FakeTritonError INVALID_ARGUMENT for text that does not begin with a number that may be
 */
export function parseVersion(text: string): string | undefined {
  if (text === '') return undefined;
  const digits = NUMBER.exec(text)?.[1];
  const version = digits === undefined ? undefined : BigInt(digits);
  if (version === undefined || version > LARGEST)
    throw invalidArgument(
      `failed to get model version from specified version string '${text}' (details: stol), ${EXPECTED}`,
    );
  if (version < 0n) throw invalidArgument(`invalid model version specified '${text}' , ${EXPECTED}`);
  return String(version);
}
