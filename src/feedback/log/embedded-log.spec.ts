import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EVENT_BYTES } from '../events/event-record.js';
import { EmbeddedLog } from './embedded-log.js';
import type { LogPosition } from './event-log.js';

const MIB = 2 ** 20;
let folder: string;
let log: EmbeddedLog;

/** Events whose first four bytes are first, first + 1, ... */
function events(first: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count * EVENT_BYTES);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i += 1) view.setUint32(i * EVENT_BYTES, first + i, true);
  return bytes;
}

function numbersOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / EVENT_BYTES }, (_, i) => view.getUint32(i * EVENT_BYTES, true));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

async function open(options: { maxBytes?: number; maxUnsyncedBytes?: number } = {}): Promise<EmbeddedLog> {
  return EmbeddedLog.open({ folder, maxBytes: 64 * MIB, ...options });
}

async function stored(from?: LogPosition): Promise<number[]> {
  const all: number[] = [];
  await log.consume(from, ({ events }) => void all.push(...numbersOf(events)));
  return all;
}

beforeEach(async () => {
  folder = join(mkdtempSync(join(tmpdir(), 'event-log-')), 'log');
  log = await open();
});

afterEach(async () => {
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('append', () => {
  it('keeps the events of a call in order, and they are there after the log was closed', async () => {
    await log.append(events(0, 1));
    await log.append(events(1, 100));
    await log.append(events(101, 3_000));
    await log.close();
    log = await open();
    expect(await stored()).toEqual(range(0, 3_101));
    expect(log.state).toMatchObject({ storedCount: 3_101, appendedCount: 0, lagCount: 0, unsyncedBytes: 0 });
  });

  it('makes the events of calls that wait durable together', async () => {
    await Promise.all(range(0, 50).map((i) => log.append(events(i * 7, 7))));
    const positions: LogPosition[] = [];
    const all: number[] = [];
    await log.consume(undefined, (group) => {
      positions.push(group.position);
      all.push(...numbersOf(group.events));
    });
    expect(all).toEqual(range(0, 350));
    expect(positions).toEqual([350]);
  });

  it('refuses events beyond the bound of bytes that are not durable yet, and takes them later', async () => {
    await log.close();
    log = await open({ maxUnsyncedBytes: 10 * EVENT_BYTES });
    const first = log.append(events(0, 8));
    await expect(log.append(events(8, 3))).rejects.toMatchObject({
      code: 'BUSY',
      retryAfterMs: expect.any(Number),
      message: '800 bytes of events wait for the disk, at most 1000 are accepted; retry later',
    });
    await Promise.all([first, log.append(events(8, 2))]);
    await log.append(events(10, 3));
    expect(await stored()).toEqual(range(0, 13));
    expect(log.state).toMatchObject({ unsyncedBytes: 0, maxUnsyncedBytes: 1_000 });
  });

  it('takes a call that is larger than the bound when nothing else waits', async () => {
    await log.close();
    log = await open({ maxUnsyncedBytes: EVENT_BYTES });
    await log.append(events(0, 5));
    expect(await stored()).toEqual(range(0, 5));
  });

  it('is refused after close, and close waits for calls before it', async () => {
    const pending = log.append(events(0, 3));
    await log.close();
    await pending;
    await expect(log.append(events(3, 1))).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await expect(log.consume(undefined, () => undefined)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    log = await open();
    expect(await stored()).toEqual(range(0, 3));
  });
});

describe('consume', () => {
  it('delivers stored events and then new ones, each once', async () => {
    await log.append(events(0, 500));
    const all: number[] = [];
    let positions = 0;
    const caughtUp = Promise.withResolvers<void>();
    await log.consume(undefined, ({ events, position }) => {
      all.push(...numbersOf(events));
      expect(position).toBe(all.length);
      positions += 1;
      if (all.length === 10_500) caughtUp.resolve();
    });
    expect(all.length).toBe(500);
    await Promise.all(range(0, 100).map((i) => log.append(events(500 + i * 100, 100))));
    await caughtUp.promise;
    expect(all).toEqual(range(0, 10_500));
    expect(positions).toBeGreaterThan(2);
    expect(log.state.lagCount).toBe(0);
  });

  it('misses and repeats nothing if events are appended while the stored ones are delivered', async () => {
    await log.append(events(0, 20_000));
    const all: number[] = [];
    const caughtUp = Promise.withResolvers<void>();
    const appends: Promise<void>[] = [];
    await log.consume(undefined, ({ events: group }) => {
      all.push(...numbersOf(group));
      if (appends.length < 100) appends.push(log.append(events(20_000 + appends.length * 10, 10)));
      if (all.length === 20_000 + appends.length * 10) caughtUp.resolve();
    });
    await Promise.all(appends);
    await caughtUp.promise;
    expect(all).toEqual(range(0, 20_000 + appends.length * 10));
  });

  it('delivers one group at a time, counts the lag of a slow consumer, and reads groups in bounded pieces', async () => {
    await log.append(events(0, 30_000));
    const gate = Promise.withResolvers<void>();
    const sizes: number[] = [];
    let running = 0;
    const consumed = log.consume(undefined, async ({ events: group }) => {
      running += 1;
      expect(running).toBe(1);
      sizes.push(group.length);
      await gate.promise;
      running -= 1;
    });
    await log.append(events(30_000, 1_000));
    expect(sizes).toEqual([2_560 * EVENT_BYTES]);
    expect(log.state.lagCount).toBe(31_000 - 2_560);
    gate.resolve();
    await consumed;
    expect(Math.max(...sizes)).toBe(2_560 * EVENT_BYTES);
  });

  it('starts at every position', async () => {
    for (let i = 0; i < 30; i += 1) await log.append(events(i * 3, 3));
    await log.append(events(90, 130));
    for (const from of [0, 1, 44, 89, 90, 91, 130, 219, 220])
      expect(await stored(from)).toEqual(range(from, 220));
  });

  it.each([
    [221, 'cannot be read from position 221: it holds positions 0 to 220; start from a newer snapshot'],
    [-1, 'position -1 is not of the event log'],
    ['5', 'position "5" is not of the event log'],
    [{ 0: 5 }, 'position {"0":5} is not of the event log'],
  ])('refuses position %j', async (position, message) => {
    await log.append(events(0, 220));
    await expect(stored(position)).rejects.toMatchObject({
      code: 'EVENT_LOG_GAP',
      message: expect.stringContaining(message),
    });
  });

  it('ends with the error of the consumer, before and after it has caught up', async () => {
    await log.append(events(0, 10));
    const failing = new Error('a text');
    await expect(log.consume(undefined, () => Promise.reject(failing))).rejects.toBe(failing);
    await log.consume(10, () => Promise.reject(failing));
    await log.append(events(10, 1));
    await expect(log.failure).rejects.toBe(failing);
    expect(await stored()).toEqual(range(0, 11));
  });

  it('close ends it after the running delivery', async () => {
    await log.append(events(0, 30_000));
    const gate = Promise.withResolvers<void>();
    let groups = 0;
    const consumed = log.consume(undefined, async () => {
      groups += 1;
      await gate.promise;
    });
    const closing = log.close();
    gate.resolve();
    await Promise.all([consumed, closing]);
    expect(groups).toBe(1);
  });
});

describe('trim', () => {
  it('deletes records before a position, and refuses to start there', async () => {
    for (let i = 0; i < 10; i += 1) await log.append(events(i * 100, 100));
    await log.trim(350);
    const oldest = 340;
    await expect(stored(oldest - 1)).rejects.toMatchObject({
      code: 'EVENT_LOG_GAP',
      message: expect.stringContaining(`it holds positions ${oldest} to 1000`),
    });
    expect(await stored(oldest)).toEqual(range(oldest, 1_000));
    expect(await stored()).toEqual(range(oldest, 1_000));
    expect(log.state.storedCount).toBe(1_000 - oldest);
  });

  it('keeps the sequence if everything is trimmed', async () => {
    await log.append(events(0, 75));
    await log.trim(75);
    await log.close();
    log = await open();
    await log.append(events(75, 25));
    expect(await stored(75)).toEqual(range(75, 100));
    expect(log.position).toBe(100);
  });

  it('lets appends pass', async () => {
    await log.append(events(0, 40_000));
    const trimmed = log.trim(40_000);
    await log.append(events(40_000, 10));
    await trimmed;
    expect(await stored(40_000)).toEqual(range(40_000, 40_010));
  });
});

describe('the bound of the file', () => {
  const maxBytes = 4 * MIB;

  it('refuses events at the bound, and takes them after a trim without growing the file', async () => {
    await log.close();
    log = await open({ maxBytes });
    let next = 0;
    const isAccepted = (from: number): Promise<boolean> =>
      log.append(events(from, 1_000)).then(
        () => true,
        (error: unknown) => {
          refusals.push(error);
          return false;
        },
      );
    const refusals: unknown[] = [];
    const fill = async (): Promise<number> => {
      const first = next;
      while (await isAccepted(next)) next += 1_000;
      return next - first;
    };
    const first = await fill();
    expect(first).toBeGreaterThan(30_000);
    expect(refusals).toMatchObject([
      {
        code: 'EVENT_LOG_UNAVAILABLE',
        message: expect.stringMatching(
          /full: \d+ of 4194304 bytes are in use \(PAIRSTREAM_MAX_EVENT_LOG_MB\)/,
        ),
      },
    ]);
    const sizes: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      await log.trim(next - 10_000);
      expect(await fill()).toBeGreaterThan(20_000);
      sizes.push(log.state.diskBytes);
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(maxBytes);
    expect(statSync(join(folder, 'data.mdb')).size).toBe(log.state.diskBytes);
    expect(await stored(next - 10_000)).toEqual(range(next - 10_000, next));
  });

  it('reuses free pages of small groups, too', async () => {
    await log.close();
    log = await open({ maxBytes });
    for (let i = 0; i < 150; i += 1) {
      await log.append(events(i * 100, 100));
      if (i % 50 === 49) await log.trim(i * 100);
    }
    expect(log.state.diskBytes).toBeLessThan(2 * MIB);
  });
});

describe('erase', () => {
  const text = new TextEncoder().encode('bytes of one reader');

  function marked(first: number, count: number): Uint8Array {
    const bytes = events(first, count);
    for (let at = 0; at < bytes.length; at += EVENT_BYTES) bytes.set(text, at + 4);
    return bytes;
  }

  const isMarked = (bytes: DataView, at: number): boolean => bytes.getUint8(at + 4) === text[0];

  it('leaves out the events, keeps the positions, and no byte of them is left in the file', async () => {
    await log.append(marked(0, 3));
    await log.append(events(3, 97));
    for (let i = 0; i < 30; i += 1) await log.append(marked(100 + i, 1));
    await log.append(marked(130, 20_000));
    await log.trim(19_000);
    await log.append(events(20_130, 5));
    const before = log.state;
    expect(readFileSync(join(folder, 'data.mdb')).includes(Buffer.from(text))).toBe(true);
    const oldest = before.storedCount;
    expect(await log.erase(isMarked)).toBe(oldest - 5);
    expect(await log.erase(isMarked)).toBe(0);
    expect(readFileSync(join(folder, 'data.mdb')).includes(Buffer.from(text))).toBe(false);
    expect(await stored()).toEqual(range(20_130, 20_135));
    expect(await stored(20_132)).toEqual([20_132, 20_133, 20_134]);
    expect(log.state.storedCount).toBe(before.storedCount);
    await log.close();
    log = await open();
    expect(log.position).toBe(20_135);
    expect(await stored()).toEqual(range(20_130, 20_135));
  });

  it('erases some events of a group', async () => {
    await log.append(events(0, 500));
    const isOdd = (bytes: DataView, at: number): boolean => bytes.getUint32(at, true) % 2 === 1;
    expect(await log.erase(isOdd)).toBe(250);
    expect(await stored(100)).toEqual(range(100, 500).filter((number) => number % 2 === 0));
  });

  it('lets appends pass', async () => {
    await log.append(events(0, 60_000));
    const erased = log.erase((bytes, at) => bytes.getUint32(at, true) < 59_999);
    await log.append(events(60_000, 1));
    expect(await erased).toBe(59_999);
    expect(await stored()).toEqual([59_999, 60_000]);
  });
});
