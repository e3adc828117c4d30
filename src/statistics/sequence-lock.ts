/**
 * The sequence lock of a record: one writer, any number of readers, no reader blocks the writer. `Atomics` on the sequence
 * word stand around plain accesses of the record. ADR 20 says why they are enough on x86-64 and on arm64.
 */

/**
 * True if the processor may move a plain load behind a later atomic load. x86 never does. arm64 does, unless a store with
 * release semantics stands between them.
 */
const REORDERS_LOADS = process.arch !== 'x64' && process.arch !== 'ia32';
/** Word of this thread alone that the store goes to. */
const fence = new Int32Array(1);

/** A writer that needs longer for one record has died, or the operating system has stopped it. */
const LONGEST_WRITE_MS = 100;
const SPINS_PER_CLOCK = 1_024;

/** Opens a record for writing. Readers wait until `endWrite`. @returns the value for `endWrite` */
export function beginWrite(ints: Int32Array, sequenceAt: number): number {
  // A writer that died may have left the word odd.
  Atomics.store(ints, sequenceAt, Atomics.load(ints, sequenceAt) | 1);
  // On arm64, plain stores may overtake an atomic store, but not an atomic load, which may not overtake the store.
  return Atomics.load(ints, sequenceAt);
}

/** Closes a record. @param odd from `beginWrite` */
export function endWrite(ints: Int32Array, sequenceAt: number, odd: number): void {
  Atomics.store(ints, sequenceAt, nextEven(odd));
}

/** True if no write has begun since the sequence was `before`, an even number: what was read in between is one state. */
export function isUnchanged(ints: Int32Array, sequenceAt: number, before: number): boolean {
  if (REORDERS_LOADS) Atomics.store(fence, 0, 0);
  return Atomics.load(ints, sequenceAt) === before;
}

/**
 * Waits for the end of a write. A write takes well under a microsecond. If the writer died in the middle of one, the wait ends
 * after LONGEST_WRITE_MS, and the record is closed as it is, for all readers.
 * @param odd the sequence that the reader has seen
 */
export function waitForWriter(ints: Int32Array, sequenceAt: number, odd: number): void {
  const startedMs = performance.now();
  for (let spins = 1; Atomics.load(ints, sequenceAt) === odd; spins += 1) {
    if (spins % SPINS_PER_CLOCK === 0 && performance.now() - startedMs > LONGEST_WRITE_MS)
      Atomics.compareExchange(ints, sequenceAt, odd, nextEven(odd));
  }
}

/** Even number after an odd one. Skips 0, which means an empty record. */
function nextEven(odd: number): number {
  const next = (odd + 1) | 0;
  return next === 0 ? 2 : next;
}
