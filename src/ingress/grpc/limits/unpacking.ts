import { createGunzip, createInflate } from 'node:zlib';
import { PairstreamError } from '../../../errors/pairstream-error.js';

/** Bytes of one part of the output. */
const CHUNK_BYTES = 65_536;

/** Bytes that a decompressor holds besides its output: window, state, and one part. */
export const DECOMPRESSOR_BYTES = 131_072;

/** Values of grpc-encoding that are unpacked. */
export type Compression = 'gzip' | 'deflate';

/** True if messages of this encoding can be unpacked. */
export function isCompression(encoding: string): encoding is Compression {
  return encoding === 'gzip' || encoding === 'deflate';
}

/**
 * Unpacks a message and asks before each part of the output is kept.
 * @param take called with the bytes of each part; what it throws ends the unpacking
 * @returns the message, owned by the caller
 * @throws PairstreamError MESSAGE_TOO_LARGE above maxBytes, INVALID_REQUEST for damaged bytes, and what `take` throws
 */
export async function unpack(
  packed: Buffer,
  compression: Compression,
  maxBytes: number,
  take: (byteCount: number) => void,
): Promise<Buffer> {
  const decompressor =
    compression === 'gzip'
      ? createGunzip({ chunkSize: CHUNK_BYTES })
      : createInflate({ chunkSize: CHUNK_BYTES });
  const parts: Buffer[] = [];
  let byteCount = 0;
  decompressor.end(packed);
  try {
    for await (const part of decompressor as AsyncIterable<Buffer>) {
      byteCount += part.length;
      if (byteCount > maxBytes)
        throw new PairstreamError(
          'MESSAGE_TOO_LARGE',
          `the message unpacks to more than ${maxBytes} bytes, at most so many are accepted; split the message`,
        );
      take(part.length);
      parts.push(part);
    }
  } catch (error) {
    if (error instanceof PairstreamError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new PairstreamError('INVALID_REQUEST', `the message is no valid ${compression} data (${reason})`, {
      cause: error,
    });
  } finally {
    decompressor.destroy();
  }
  return Buffer.concat(parts, byteCount);
}
