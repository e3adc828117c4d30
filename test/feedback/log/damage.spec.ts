import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PairstreamError } from '../../../src/errors/pairstream-error.js';
import { EmbeddedLog } from '../../../src/feedback/log/embedded-log.js';
import { salvage } from '../../../src/feedback/log/salvage.js';
import { runCommand } from '../../support/processes/cli-process.js';
import { numberedEvents, range, storedNumbers } from './numbered-events.js';

const PAGE = 4_096;
const COUNT = 10_050;
const maxBytes = 64 * 2 ** 20;
const work = mkdtempSync(join(tmpdir(), 'event-log-'));
const sound = join(work, 'sound');
let copies = 0;

beforeAll(async () => {
  const log = await EmbeddedLog.open({ folder: sound, maxBytes });
  for (let i = 0; i < 50; i += 1) await log.append(numberedEvents(i, 1));
  for (let i = 50; i < COUNT; i += 1_000) await log.append(numberedEvents(i, 1_000));
  await log.close();
});
afterAll(() => rmSync(work, { recursive: true }));

/** A copy of a sound log, damaged. */
function damagedLog(damage: (path: string, size: number) => void): string {
  const folder = join(work, `copy-${(copies += 1)}`);
  cpSync(sound, folder, { recursive: true });
  const path = join(folder, 'data.mdb');
  damage(path, statSync(path).size);
  return folder;
}

function overwrite(path: string, at: number, bytes: Uint8Array): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

/** Flips bits of one byte. */
function flip(path: string, at: number, bits = 0xff): void {
  overwrite(path, at, Uint8Array.of(readFileSync(path)[at]! ^ bits));
}

async function readAll(folder: string): Promise<number[]> {
  const log = await EmbeddedLog.open({ folder, maxBytes });
  try {
    return await storedNumbers(log);
  } finally {
    await log.close();
  }
}

/** Code of the error of a damaged log; 'as written': every event can be read. */
async function outcomeOf(folder: string): Promise<string> {
  try {
    const numbers = await readAll(folder);
    return numbers.join() === range(0, COUNT).join() ? 'as written' : 'other events';
  } catch (error) {
    return error instanceof PairstreamError ? error.code : String(error);
  }
}

describe('a damaged file', () => {
  it.each<[string, (path: string, size: number) => void, RegExp]>([
    [
      'cut short in the middle',
      (path, size) => truncateSync(path, Math.floor(size / 2)),
      /page \d+ is not in the file \(the file has \d+ bytes\)/,
    ],
    ['without its last page', (path, size) => truncateSync(path, size - PAGE), /page \d+ is not in the file/],
    [
      'without its last pages',
      (path, size) => truncateSync(path, size - 20 * PAGE),
      /page \d+ is not in the file/,
    ],
    [
      'cut inside its last page',
      (path, size) => truncateSync(path, size - 10),
      /page \d+ is not in the file/,
    ],
    [
      'with zeros in its last pages',
      (path, size) => overwrite(path, size - 20 * PAGE, new Uint8Array(20 * PAGE)),
      /page \d+ is damaged/,
    ],
    ['with a damaged first header page', (path) => flip(path, 24), /a header page is damaged/],
    ['with a damaged second header page', (path) => flip(path, PAGE + 24), /a header page is damaged/],
    [
      'with both header pages damaged',
      (path) => overwrite(path, 0, new Uint8Array(2 * PAGE)),
      /a header page is damaged/,
    ],
    ['of which only a header page is left', (path) => truncateSync(path, PAGE), /a header page is damaged/],
    ['without content', (path) => truncateSync(path, 0), /data\.mdb is missing or empty/],
    ['that is gone', (path) => rmSync(path), /data\.mdb is missing or empty/],
    ['of another program', (path) => writeFileSync(path, 'a text'.repeat(5_000)), /a header page is damaged/],
  ])('%s is refused with what to do', async (_, damage, message) => {
    const folder = damagedLog(damage);
    await expect(readAll(folder)).rejects.toMatchObject({
      code: 'EVENT_LOG_DAMAGED',
      message: expect.stringMatching(message),
    });
    await expect(readAll(folder)).rejects.toThrow(
      /^event log \S+ is damaged: .*; restore the state directory from a backup, or run `pairstream salvage-log`, which keeps the events before the damage$/,
    );
  });

  it.each([
    ['of a group', 9_000],
    ['of a single event', 20],
  ])('with a flipped bit in an event %s delivers the groups before and then fails', async (_, number) => {
    const folder = damagedLog((path) => {
      const event = Buffer.from(numberedEvents(number, 1).subarray(0, 20));
      flip(path, readFileSync(path).lastIndexOf(event) + 50, 1);
    });
    const log = await EmbeddedLog.open({ folder, maxBytes });
    const numbers: number[] = [];
    const consumed = log.consume(undefined, ({ events }) => {
      numbers.push(events.length);
    });
    await expect(consumed).rejects.toMatchObject({
      code: 'EVENT_LOG_DAMAGED',
      message: expect.stringMatching(/the checksum of the record at position \d+ does not match/),
    });
    await log.close();
  });

  it('never ends the process and never gives wrong events, wherever a byte is flipped', async () => {
    const bytes = readFileSync(join(sound, 'data.mdb'));
    const outcomes = new Set<string>();
    for (let page = 0; page < bytes.length / PAGE; page += 1) {
      // Pages that only hold events are all alike.
      const isOfEvents = bytes[page * PAGE + 18] === 4;
      if (isOfEvents && page % 32 !== 0) continue;
      for (let i = 0; i < (isOfEvents ? 2 : 8); i += 1) {
        const at = page * PAGE + (i % 2 === 0 ? (page * 7 + i * 13) % 64 : (page * 131 + i * 1_013) % PAGE);
        const folder = damagedLog((path) => flip(path, at));
        outcomes.add(await outcomeOf(folder));
        rmSync(folder, { recursive: true });
      }
    }
    expect([...outcomes].sort()).toEqual(['EVENT_LOG_DAMAGED', 'as written']);
  });
});

describe('salvage', () => {
  it('keeps the readable events of a file that was cut short, and never uses the lost positions again', async () => {
    const folder = damagedLog((path, size) => truncateSync(path, Math.floor(size / 2)));
    const { keptCount, damagedFolder } = await salvage(folder);
    expect(keptCount).toBeGreaterThan(1_000);
    expect(keptCount).toBeLessThan(COUNT);
    expect(statSync(join(damagedFolder, 'data.mdb')).size).toBeGreaterThan(0);
    const log = await EmbeddedLog.open({ folder, maxBytes });
    const kept = await storedNumbers(log);
    expect(kept.length).toBe(keptCount);
    await log.append(numberedEvents(COUNT, 10));
    expect(await storedNumbers(log)).toEqual([...kept, ...range(COUNT, COUNT + 10)]);
    // A snapshot that was made before the damage goes on with the new events.
    expect(await storedNumbers(log, COUNT - 7)).toEqual(range(COUNT, COUNT + 10));
    expect(log.position).toBeGreaterThan(2 ** 32);
    await log.close();
  });

  it('leaves out a damaged record in the middle and counts its events', async () => {
    const folder = damagedLog((path) => {
      const event = Buffer.from(numberedEvents(5_000, 1).subarray(0, 20));
      flip(path, readFileSync(path).lastIndexOf(event) + 50, 1);
    });
    const { keptCount, missingCount } = await salvage(folder);
    expect(keptCount + missingCount).toBe(COUNT);
    expect(missingCount).toBe(40);
    const numbers = await readAll(folder);
    expect(numbers.length).toBe(keptCount);
    expect(numbers).not.toContain(5_000);
  });

  it('keeps all events of a sound log', async () => {
    const folder = damagedLog(() => undefined);
    expect(await salvage(folder)).toMatchObject({ keptCount: COUNT, missingCount: 0 });
    expect(await readAll(folder)).toEqual(range(0, COUNT));
  });

  it('starts an empty log if nothing is readable', async () => {
    const folder = damagedLog((path) => writeFileSync(path, 'a text'));
    expect(await salvage(folder)).toMatchObject({ keptCount: 0 });
    expect(await readAll(folder)).toEqual([]);
  });

  it('is a command', async () => {
    const folder = damagedLog(() => undefined);
    const { exitCode, stdout } = await runCommand(['salvage-log', folder]);
    expect(stdout).toMatch(
      /^kept 10050 events, none is missing between them; the damaged files are in \S+\/damaged-\w+\n$/,
    );
    expect(exitCode).toBe(0);
    expect(await runCommand(['salvage-log', join(work, 'none')])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^INVALID_DATA_FILE: .*no data.mdb in it/),
    });
  });

  it('refuses a log that is open, and a folder without a log', async () => {
    const folder = damagedLog(() => undefined);
    const log = await EmbeddedLog.open({ folder, maxBytes });
    await expect(salvage(folder)).rejects.toThrow(`already open in process ${process.pid}`);
    await log.close();
    await expect(salvage(join(work, 'none'))).rejects.toThrow('no data.mdb in it, expected the folder log');
  });
});
