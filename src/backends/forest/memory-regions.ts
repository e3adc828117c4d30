import { PairstreamError } from '../../errors/pairstream-error.js';
import type { CompiledForest } from './compiled-forest.js';

/** Regions begin at multiples of this number of bytes: a cache line. */
export const ALIGNMENT_BYTES = 64;
const PAGE_BYTES = 65_536;
/** Word of the memory that counts the bytes given out. */
const USED_WORD = 0;

/** Rounds a number of bytes up to whole cache lines. */
export function alignedBytes(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}

/**
 * Creates a shared memory whose first `usedBytes` bytes are given out.
 * @param maxBytes size that it may grow to
 */
export function createMemory(usedBytes: number, maxBytes: number): WebAssembly.Memory {
  const initial = Math.ceil(usedBytes / PAGE_BYTES);
  const maximum = Math.max(initial, Math.floor(maxBytes / PAGE_BYTES));
  const memory = new WebAssembly.Memory({ initial, maximum, shared: true });
  new Uint32Array(memory.buffer)[USED_WORD] = alignedBytes(usedBytes);
  return memory;
}

/**
 * Gives out a region of the memory of a forest: for rows, or for outputs. The memory grows if needed. Any thread may call it. A region
 * is never taken back, so keep regions for reuse.
 * @returns the address, a multiple of ALIGNMENT_BYTES
 * @throws PairstreamError INVALID_CONFIG if the memory would exceed its bound
 */
export function allocateRegion(forest: CompiledForest, bytes: number): number {
  const { memory, maxBytes } = forest;
  const size = alignedBytes(bytes);
  const used = new Uint32Array(memory.buffer, 0, 1);
  for (;;) {
    const address = Atomics.load(used, USED_WORD);
    const end = address + size;
    if (end > maxBytes) {
      throw new PairstreamError(
        'INVALID_CONFIG',
        `memory of a forest: ${end} bytes needed, expected at most ${maxBytes}`,
      );
    }
    if (Atomics.compareExchange(used, USED_WORD, address, end) !== address) continue;
    growTo(memory, end);
    return address;
  }
}

/** Floats of a region. Valid as long as the memory: a growth does not move bytes. */
export function floatsAt(
  forest: CompiledForest,
  address: number,
  length: number,
): Float32Array<SharedArrayBuffer> {
  return new Float32Array(forest.memory.buffer, address, length);
}

/** Grows a memory to at least `bytes`. Another thread may grow it at the same time; then it gets larger than needed, or is so already. */
function growTo(memory: WebAssembly.Memory, bytes: number): void {
  // Growing by nothing makes the growth of other threads visible in `buffer`.
  let missing = bytes - memory.grow(0) * PAGE_BYTES;
  while (missing > 0) {
    try {
      memory.grow(Math.ceil(missing / PAGE_BYTES));
    } catch (error) {
      if (bytes > memory.grow(0) * PAGE_BYTES) throw error;
    }
    missing = bytes - memory.grow(0) * PAGE_BYTES;
  }
}
