import { createGunzip, createInflate } from 'node:zlib';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import { Turns } from '../../../concurrency/turns.js';

/** Bytes of one part of the output. */
const CHUNK_BYTES = 65_536;

/** With a high-water mark of 0, a decompressor unpacks a part only when the part is read. */
const STREAM_OPTIONS = { chunkSize: CHUNK_BYTES, readableHighWaterMark: 0 };

/** Bytes that a decompressor holds besides its output: window, state, and one part. */
export const DECOMPRESSOR_BYTES = 131_072;

/**
 * Unpacks one part at a time, over all messages: one core stays free for other work, and a small message waits for at most one
 * part of each large one. Without turns, the four threads of the pool unpacked 64 MiB each, and a sixth of all answers was late
 * on two cores.
 */
const turns = new Turns();

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
  const decompressor = compression === 'gzip' ? createGunzip(STREAM_OPTIONS) : createInflate(STREAM_OPTIONS);
  const parts: Buffer[] = [];
  let byteCount = 0;
  decompressor.end(packed);
  try {
    const iterator = (decompressor as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    for (;;) {
      const { value: part, done } = await turns.take(() => iterator.next());
      if (done === true) break;
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
