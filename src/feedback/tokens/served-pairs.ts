import { PAIR_RECORD_BYTES } from '../events/pair-record.js';

/** Length of a prediction id, bytes. */
export const PREDICTION_ID_BYTES = 16;

/** Memory of an entry besides its columns: map entry, key, objects. Measured: 400 to 500 bytes. */
const ENTRY_BYTES = 512;
const INDEX_BYTES = 4;

/** Pairs of one answer. */
export interface ServedEntry {
  /** Ascending. */
  readonly pairIndexes: Uint32Array;
  /** Pair records in the order of pairIndexes. */
  readonly records: Uint8Array;
}

/** Sizes of the served-pair log, for metrics. */
export interface ServedPairsState {
  readonly heldBytes: number;
  readonly maxBytes: number;
  /** Predictions that are kept. */
  readonly predictionCount: number;
  /** Predictions that were dropped to make room, since the start. */
  readonly droppedCount: number;
}

/**
 * Bounded log of answered pairs by prediction id, for callers that cannot keep tokens. When the log is full, the oldest
 * predictions are dropped. It lives in memory: a restart loses it, and other gateways do not have it.
 */
export class ServedPairs {
  private readonly entries = new Map<string, ServedEntry>();
  private heldBytes = 0;
  private droppedCount = 0;

  /** @param maxBytes bound of the memory */
  constructor(private readonly maxBytes: number) {}

  /**
   * Keeps the pairs of a prediction. A prediction that is larger than the whole log is not kept.
   * @param id PREDICTION_ID_BYTES, unique
   * @param pairIndexes ascending; owned by the log from now on
   * @param records a pair record for each of pairIndexes; owned by the log from now on
   */
  add(id: Uint8Array, pairIndexes: Uint32Array, records: Uint8Array): void {
    const entry = { pairIndexes, records };
    if (bytesOf(entry) > this.maxBytes) {
      this.droppedCount += 1;
      return;
    }
    this.entries.set(textOf(id), entry);
    this.heldBytes += bytesOf(entry);
    for (const [key, oldest] of this.entries) {
      if (this.heldBytes <= this.maxBytes) return;
      this.entries.delete(key);
      this.heldBytes -= bytesOf(oldest);
      this.droppedCount += 1;
    }
  }

  /** Pairs of a prediction, owned by the log; undefined if the log does not hold them. @param id PREDICTION_ID_BYTES */
  find(id: Uint8Array): ServedEntry | undefined {
    return this.entries.get(textOf(id));
  }

  get state(): ServedPairsState {
    const { heldBytes, maxBytes, droppedCount } = this;
    return { heldBytes, maxBytes, predictionCount: this.entries.size, droppedCount };
  }
}

/** Pairs of one prediction of the served-pair log. */
export class ServedPrediction {
  /** Pair records, one after another. The caller must not modify them. */
  readonly records: Uint8Array;

  constructor(private readonly entry: ServedEntry) {
    this.records = entry.records;
  }

  /** Offset of the record of a pair in `records`; -1 if the prediction did not answer the pair. */
  offsetOf(pairIndex: number): number {
    const { pairIndexes } = this.entry;
    let low = 0;
    let high = pairIndexes.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const found = pairIndexes[middle]!;
      if (found === pairIndex) return middle * PAIR_RECORD_BYTES;
      if (found < pairIndex) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}

function textOf(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('latin1');
}

function bytesOf({ pairIndexes }: ServedEntry): number {
  return ENTRY_BYTES + pairIndexes.length * (INDEX_BYTES + PAIR_RECORD_BYTES);
}
