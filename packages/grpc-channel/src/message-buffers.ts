const SMALLEST_BYTES = 4_096;
/** Size of a message's prefix: compression flag and length (gRPC over HTTP/2, "Length-Prefixed-Message"). */
export const PREFIX_BYTES = 5;

/**
 * Pool of buffers for messages. New memory for every large message would cost more garbage collection than everything else in a
 * call. Sizes are powers of two.
 */
export class MessageBuffers {
  private readonly free = new Map<number, ArrayBufferLike[]>();
  private freeBytes = 0;

  /** @param maxFreeBytes maximum bytes of unused buffers that are kept */
  constructor(private readonly maxFreeBytes: number) {}

  /** Bytes of unused buffers. */
  get freeByteLength(): number {
    return this.freeBytes;
  }

  /** Acquires a buffer of exactly `byteLength` bytes with arbitrary content. */
  acquire(byteLength: number): Buffer {
    const size = sizeFor(byteLength);
    const slab = this.free.get(size)?.pop();
    if (slab === undefined) return Buffer.allocUnsafeSlow(size).subarray(0, byteLength);
    this.freeBytes -= size;
    return Buffer.from(slab, 0, byteLength);
  }

  /** Acquires a buffer for a message, with space for the prefix before it. */
  acquireMessage(byteLength: number): Buffer {
    return this.acquire(PREFIX_BYTES + byteLength).subarray(PREFIX_BYTES);
  }

  /** Returns a buffer, given as itself or a part of it. No code may read it afterwards. Buffers of other sizes are freed if needed. */
  release({ buffer: slab }: Buffer): void {
    const size = slab.byteLength;
    if (size > this.maxFreeBytes) return;
    this.makeRoom(size);
    if (this.freeBytes + size > this.maxFreeBytes) return;
    const slabs = this.free.get(size);
    if (slabs === undefined) this.free.set(size, [slab]);
    else slabs.push(slab);
    this.freeBytes += size;
  }

  private makeRoom(byteLength: number): void {
    for (const [size, slabs] of this.free) {
      if (size === byteLength) continue;
      while (this.freeBytes + byteLength > this.maxFreeBytes && slabs.pop() !== undefined)
        this.freeBytes -= size;
    }
  }
}

/**
 * Frame of a message in a buffer of `acquireMessage`: writes the prefix before the message.
 * @returns a view of the same memory
 */
export function frameOf(message: Buffer): Buffer {
  const { buffer, byteOffset, byteLength } = message;
  const frame = Buffer.from(buffer, byteOffset - PREFIX_BYTES, PREFIX_BYTES + byteLength);
  frame[0] = 0;
  frame.writeUInt32BE(byteLength, 1);
  return frame;
}

function sizeFor(byteLength: number): number {
  return Math.max(SMALLEST_BYTES, 2 ** Math.ceil(Math.log2(byteLength)));
}
