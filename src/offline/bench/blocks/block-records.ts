import { readFileSync } from 'node:fs';

/** Period of the timer that records, milliseconds. */
export const TICK_MS = 1;
/** Numbers of a record: the time since the epoch, time and CPU time since the record before, milliseconds. */
export const RECORD_FIELDS = 3;

/** One turn of an event loop, from timer to timer. */
export interface Turn {
  /** End of the turn, milliseconds since the epoch. */
  readonly atMs: number;
  /** Time beyond the period of the timer, milliseconds: how long a request may have waited for the thread. */
  readonly blockMs: number;
  /** CPU time of the thread. Less than the time if the machine ran other threads meanwhile. */
  readonly cpuMs: number;
}

/** Reads the turns that block-probe recorded of a worker thread. @throws the error of the file system */
export function readTurns(path: string): Turn[] {
  const bytes = readFileSync(path);
  const recordBytes = RECORD_FIELDS * Float64Array.BYTES_PER_ELEMENT;
  const count = Math.floor(bytes.length / recordBytes);
  const fields = new Float64Array(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + count * recordBytes),
  );
  return Array.from({ length: count }, (_, i) => {
    const [atMs, wallMs, cpuMs] = fields.subarray(i * RECORD_FIELDS);
    return { atMs: atMs!, blockMs: Math.max(0, wallMs! - TICK_MS), cpuMs: cpuMs! };
  });
}
