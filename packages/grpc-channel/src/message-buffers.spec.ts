import { describe, expect, it } from 'vitest';
import { frameOf, MessageBuffers } from './message-buffers.js';

const KIB = 1_024;

describe('MessageBuffers', () => {
  it('uses memory again for whatever fits its size', () => {
    const buffers = new MessageBuffers(64 * KIB);
    const first = buffers.acquire(5_000);
    expect(first.byteLength).toBe(5_000);
    buffers.release(first);
    expect(buffers.freeByteLength).toBe(8 * KIB);
    const second = buffers.acquire(8 * KIB);
    expect(second.buffer).toBe(first.buffer);
    expect(second.byteLength).toBe(8 * KIB);
    expect(buffers.freeByteLength).toBe(0);
    expect(buffers.acquire(5_000).buffer).not.toBe(first.buffer);
  });

  it('gives memory of 4 KiB for less, and for nothing at all', () => {
    const buffers = new MessageBuffers(64 * KIB);
    const none = buffers.acquire(0);
    expect(none.byteLength).toBe(0);
    buffers.release(none);
    expect(buffers.freeByteLength).toBe(4 * KIB);
    expect(buffers.acquire(4 * KIB).buffer).toBe(none.buffer);
    expect(buffers.acquire(4 * KIB + 1).buffer.byteLength).toBe(8 * KIB);
  });

  it('keeps no more than its bound', () => {
    const buffers = new MessageBuffers(16 * KIB);
    const held = Array.from({ length: 10 }, () => buffers.acquire(4 * KIB));
    for (const buffer of held) buffers.release(buffer);
    expect(buffers.freeByteLength).toBe(16 * KIB);
    const again = held.map(() => buffers.acquire(4 * KIB).buffer);
    expect(again.filter((slab) => held.some(({ buffer }) => buffer === slab))).toHaveLength(4);
    buffers.release(buffers.acquire(32 * KIB));
    expect(buffers.freeByteLength).toBe(0);
  });

  it('lets go of other sizes for the one that is used', () => {
    const buffers = new MessageBuffers(16 * KIB);
    const small = Array.from({ length: 4 }, () => buffers.acquire(4 * KIB));
    const large = buffers.acquire(8 * KIB);
    for (const buffer of small) buffers.release(buffer);
    buffers.release(large);
    expect(buffers.freeByteLength).toBe(16 * KIB);
    expect(buffers.acquire(8 * KIB).buffer).toBe(large.buffer);
    expect(buffers.freeByteLength).toBe(8 * KIB);
  });

  it('frames a message in its own memory', () => {
    const buffers = new MessageBuffers(64 * KIB);
    const message = buffers.acquireMessage(300);
    expect(message.byteLength).toBe(300);
    message.fill(7);
    const frame = frameOf(message);
    expect(frame.buffer).toBe(message.buffer);
    expect([...frame.subarray(0, 6)]).toEqual([0, 0, 0, 1, 44, 7]);
    expect(frame.byteLength).toBe(305);
  });
});
