const SMALLEST_BYTES = 4_096;
/** A flag that tells whether the message is compressed, and its length (gRPC over HTTP/2, "Length-Prefixed-Message"). */
export const PREFIX_BYTES = 5;

/**
 * Memory for messages, used again: what is allocated anew for every large message keeps the garbage collector busier than
 * everything else a call does. Sizes are powers of two.
 */
export class MessageBuffers {
  private readonly free = new Map<number, ArrayBufferLike[]>();
  private freeBytes = 0;

  /** @param maxFreeBytes most that is kept while nobody uses it */
  constructor(private readonly maxFreeBytes: number) {}

  /** Bytes that are kept while nobody uses them. */
  get freeByteLength(): number {
    return this.freeBytes;
  }

  /** A buffer of exactly so many bytes, with whatever was in it before. */
  acquire(byteLength: number): Buffer {
    const size = sizeFor(byteLength);
    const slab = this.free.get(size)?.pop();
    if (slab === undefined) return Buffer.allocUnsafeSlow(size).subarray(0, byteLength);
    this.freeBytes -= size;
    return Buffer.from(slab, 0, byteLength);
  }

  /** Memory for a message, with room for its prefix before it. */
  acquireMessage(byteLength: number): Buffer {
    return this.acquire(PREFIX_BYTES + byteLength).subarray(PREFIX_BYTES);
  }

  /** Gives a buffer back, or a part of it; nobody may read it any more. Memory of other sizes makes room for it. */
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
 * The frame of a message that was written into memory of `acquireMessage`: the prefix is put before it.
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
