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
 * @param maxBytes size that it may grow to, at least `usedBytes`
 * @throws PairstreamError INVALID_MODEL if the process has no address space for it
 */
export function createMemory(usedBytes: number, maxBytes: number): WebAssembly.Memory {
  const memory = reserveMemory(Math.ceil(usedBytes / PAGE_BYTES), Math.ceil(maxBytes / PAGE_BYTES));
  new Uint32Array(memory.buffer)[USED_WORD] = alignedBytes(usedBytes);
  return memory;
}

/**
 * Allocates a region for rows or outputs in the memory of a forest. The memory grows if needed. Any thread may call this function.
 * Regions cannot be freed, so the caller keeps them for reuse.
 * @returns the address, a multiple of ALIGNMENT_BYTES
 * @throws PairstreamError INVALID_MODEL if the memory would exceed its bound
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
        'INVALID_MODEL',
        `forest: ${end} bytes needed with the rows of calls, expected at most ${maxBytes}`,
      );
    }
    if (Atomics.compareExchange(used, USED_WORD, address, end) !== address) continue;
    growTo(memory, end);
    return address;
  }
}

/** Creates a memory. Sizes in pages. */
function reserveMemory(initial: number, maximum: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial, maximum, shared: true });
  } catch (cause) {
    throw new PairstreamError(
      'INVALID_MODEL',
      `forest: the process has no address space for a memory of ${maximum * PAGE_BYTES} bytes, expected fewer loaded forests or a higher limit of virtual memory`,
      { cause },
    );
  }
}

/**
 * View of `length` floats at an address, a multiple of 4. Stays valid as long as the memory: a growth does not move bytes.
 */
export function floatsAt(
  forest: CompiledForest,
  address: number,
  length: number,
): Float32Array<SharedArrayBuffer> {
  return new Float32Array(forest.memory.buffer, address, length);
}

/** Grows a memory to at least `bytes`. Another thread may grow it at the same time. */
function growTo(memory: WebAssembly.Memory, bytes: number): void {
  for (;;) {
    // Growing by nothing makes the growth of other threads visible in `buffer`.
    const pages = memory.grow(0);
    const missing = Math.ceil(bytes / PAGE_BYTES) - pages;
    if (missing <= 0) return;
    try {
      memory.grow(missing);
    } catch (error) {
      // Another thread was faster, and less is missing now.
      if (memory.grow(0) === pages) throw error;
    }
  }
}
