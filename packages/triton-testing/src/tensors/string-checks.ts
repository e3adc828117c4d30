import { invalidArgument } from '../fake-triton-error.js';
import type { LocatedInput } from './tensor-locations.js';

const LENGTH_BYTES = 4;

/**
 * Checks the bytes of an input of BYTES: each element after its length in four bytes.
 * @param prefix text in front of most of the errors
 * @throws FakeTritonError INVALID_ARGUMENT
 */
export function checkStrings(
  model: string,
  { name, bytes }: LocatedInput,
  expectedCount: number,
  prefix: string,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let count = 0;
  for (let at = 0; at < bytes.byteLength; count += 1) {
    const left = bytes.byteLength - at;
    if (left < LENGTH_BYTES)
      throw invalidArgument(
        `${prefix}incomplete string length indicator for inference input '${name}' for model '${model}', expecting ${LENGTH_BYTES} bytes but only ${left} bytes available. Please make sure the string length indicator is in one buffer.`,
      );
    if (count >= expectedCount)
      throw invalidArgument(
        `${prefix}unexpected number of string elements ${count + 1} for inference input '${name}' for model '${model}', expecting ${expectedCount}`,
      );
    const length = view.getUint32(at, true);
    if (length > left - LENGTH_BYTES)
      throw invalidArgument(
        `incomplete string data for inference input '${name}', expecting string of length ${length} but only ${left - LENGTH_BYTES} bytes available`,
      );
    at += LENGTH_BYTES + length;
  }
  if (count !== expectedCount)
    throw invalidArgument(
      `${prefix}expected ${expectedCount} string elements for inference input '${name}' for model '${model}', got ${count}`,
    );
}
