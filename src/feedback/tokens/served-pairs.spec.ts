import { describe, expect, it } from 'vitest';
import { PAIR_RECORD_BYTES } from '../events/pair-record.js';
import { ServedPairs, ServedPrediction } from './served-pairs.js';

const id = (byte: number): Uint8Array => new Uint8Array(16).fill(byte);

function add(log: ServedPairs, name: number, pairIndexes: readonly number[]): void {
  const records = new Uint8Array(pairIndexes.length * PAIR_RECORD_BYTES).fill(name);
  log.add(id(name), Uint32Array.from(pairIndexes), records);
}

describe('ServedPairs', () => {
  it('finds the record of each pair, and no other', () => {
    const log = new ServedPairs(1e6);
    add(log, 1, [0, 3, 4, 100_000]);
    const found = new ServedPrediction(log.find(id(1))!);
    const offsets = [0, 3, 4, 100_000].map((pair) => found.offsetOf(pair));
    expect(offsets).toEqual([0, 1, 2, 3].map((place) => place * PAIR_RECORD_BYTES));
    expect([1, 2, 5, 99_999, 100_001, 2 ** 32 - 1].map((pair) => found.offsetOf(pair))).toEqual(
      Array.from({ length: 6 }, () => -1),
    );
    expect(found.records[0]).toBe(1);
    expect(log.find(id(2))).toBeUndefined();
  });

  it('finds an id that is a view of a message', () => {
    const log = new ServedPairs(1e6);
    add(log, 5, [0]);
    const message = Buffer.concat([Buffer.from('head'), id(5), Buffer.from('tail')]);
    expect(log.find(message.subarray(4, 20))).toBeDefined();
  });

  it('drops the oldest predictions at its bound and never holds more', () => {
    const maxBytes = 10_000;
    const log = new ServedPairs(maxBytes);
    const tenPairs = Array.from({ length: 10 }, (_, pair) => pair);
    for (let name = 0; name < 200; name += 1) {
      add(log, name, tenPairs);
      expect(log.state.heldBytes).toBeLessThanOrEqual(maxBytes);
    }
    const { predictionCount, droppedCount, heldBytes } = log.state;
    expect(predictionCount).toBe(Math.floor(maxBytes / (heldBytes / predictionCount)));
    expect(droppedCount).toBe(200 - predictionCount);
    expect(log.find(id(199 - predictionCount))).toBeUndefined();
    expect(log.find(id(200 - predictionCount))).toBeDefined();
    expect(log.find(id(199))).toBeDefined();
  });

  it('keeps nothing of a prediction that is larger than the log, and nothing with a bound of 0', () => {
    const log = new ServedPairs(1_000);
    add(
      log,
      1,
      Array.from({ length: 100 }, (_, pair) => pair),
    );
    expect(log.state).toEqual({ heldBytes: 0, maxBytes: 1_000, predictionCount: 0, droppedCount: 1 });
    const none = new ServedPairs(0);
    add(none, 1, [0]);
    expect(none.find(id(1))).toBeUndefined();
  });
});
