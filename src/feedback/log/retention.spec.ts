import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EVENT_BYTES, IMPRESSION, timeOf, writeEvent } from '../events/event-record.js';
import { EmbeddedLog } from './embedded-log.js';
import { readLog } from './read-log.js';

const MIB = 2 ** 20;
const GROUP = 40;

function logFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'event-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A group of impressions at a time. */
function group(timeS: number): Uint8Array {
  const bytes = new Uint8Array(GROUP * EVENT_BYTES);
  for (let at = 0; at < bytes.length; at += EVENT_BYTES)
    writeEvent(new DataView(bytes.buffer), at, IMPRESSION, timeS);
  return bytes;
}

/** Event times of all events of a log, read without opening it. */
async function timesOf(folder: string): Promise<number[]> {
  const times: number[] = [];
  for await (const events of readLog(folder)) {
    const view = new DataView(events.buffer, events.byteOffset, events.byteLength);
    for (let at = 0; at < events.length; at += EVENT_BYTES) times.push(timeOf(view, at));
  }
  return times;
}

describe('retention of the embedded log', () => {
  it.each([
    [0, [1_290, 1_300]],
    [50, [1_250, 1_260, 1_270, 1_280, 1_290, 1_300]],
    [5_000, Array.from({ length: 31 }, (_, i) => 1_000 + 10 * i)],
  ])('trim keeps the events of the last %i s', async (retentionS, expected) => {
    const folder = logFolder();
    const log = await EmbeddedLog.open({ folder, maxBytes: 64 * MIB, retentionS });
    for (let timeS = 1_000; timeS <= 1_300; timeS += 10) await log.append(group(timeS));
    await log.trim(log.position - 2 * GROUP);
    await log.close();
    const times = await timesOf(folder);
    expect([...new Set(times)]).toEqual(expected);
    expect(times).toHaveLength(GROUP * expected.length);
  });

  it('lets older events go while the log uses more than half of its bound', async () => {
    const folder = logFolder();
    const log = await EmbeddedLog.open({ folder, maxBytes: MIB, retentionS: 1_000_000 });
    // Three times the bound: without room, an append would fail.
    for (let timeS = 1; timeS <= 800; timeS += 1) {
      await log.append(group(timeS));
      await log.trim(log.position);
    }
    const { storedCount, diskBytes } = log.state;
    await log.close();
    expect(diskBytes).toBeLessThanOrEqual(MIB);
    expect(storedCount).toBeLessThan(800 * GROUP);
    expect(storedCount * EVENT_BYTES).toBeGreaterThan(MIB / 8);
    const times = await timesOf(folder);
    expect(times).toHaveLength(storedCount);
    expect(times.at(-1)).toBe(800);
  });
});

describe('readLog', () => {
  it('names a folder without a log', async () => {
    const folder = logFolder();
    await expect(timesOf(folder)).rejects.toMatchObject({
      code: 'INVALID_DATA_FILE',
      message: `${folder}: no data.mdb in it, expected the folder log of a state directory`,
    });
  });
});
