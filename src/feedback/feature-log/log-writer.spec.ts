import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { ArrowFileWriter, readArrowFile, readArrowMetadata } from '../../files/arrow-file.js';
import { listLogFiles } from './log-folder.js';
import { LogWriter, type LogWriterSettings } from './log-writer.js';
import { ROW, ROW_WORDS, SharedRows } from './shared-rows.js';

const MIB = 1 << 20;
const ROW_COUNT = 1_000;

/** Rows whose first feature is their number. */
function numberedRows(): SharedRows {
  const rows = SharedRows.allocate(ROW_COUNT);
  for (let row = 0; row < ROW_COUNT; row += 1) {
    rows.floats[row * ROW_WORDS + ROW.features] = row;
    rows.doubles[(row * ROW_WORDS + ROW.asOfS) / 2] = 1_614_000_000 + row;
    rows.words[row * ROW_WORDS + ROW.pairId] = row;
    rows.words[row * ROW_WORDS + ROW.tokens + 47] = -row;
  }
  return rows;
}

const ROWS = numberedRows();
const ALL = Uint32Array.from({ length: ROW_COUNT }, (_, row) => row);

interface Started {
  readonly writer: LogWriter;
  readonly folder: string;
  readonly warnings: string[];
  readonly clock: { nowMs: number };
}

function start(changes: Partial<LogWriterSettings> = {}): Started {
  const folder = changes.folder ?? mkdtempSync(join(tmpdir(), 'feature-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const settings = {
    folder,
    maxBytes: 64 * MIB,
    maxFileBytes: 16 * MIB,
    maxFileMs: 60_000,
    oneIn: 10,
    vocabularySha256: 'abc',
    ...changes,
  };
  const warnings: string[] = [];
  const clock = { nowMs: Date.UTC(2026, 2, 1) };
  const writer = new LogWriter(
    settings,
    (line) => void warnings.push(line),
    () => clock.nowMs,
  );
  return { writer, folder, warnings, clock };
}

/** Values of a column over all files of a folder. */
async function columnOf(folder: string, name: string): Promise<number[]> {
  const values: number[] = [];
  for (const path of listLogFiles(folder))
    for await (const { columns } of readArrowFile(path))
      for (const value of columns.get(name) ?? []) values.push(Number(value));
  return values;
}

describe('LogWriter', () => {
  it('writes rows as they are, with release and sample in the metadata', async () => {
    const { writer, folder } = start();
    await writer.append(ROWS, ALL, 'r1');
    expect(listLogFiles(folder)).toEqual([]);
    await writer.complete();
    const [path = ''] = listLogFiles(folder);
    expect(Object.fromEntries(await readArrowMetadata(path))).toMatchObject({
      release_id: 'r1',
      sampled_one_in: '10',
      vocabulary_sha256: 'abc',
    });
    expect(await columnOf(folder, 'pair_id')).toEqual([...ALL]);
    expect(await columnOf(folder, 'as_of_s')).toEqual([...ALL].map((row) => 1_614_000_000 + row));
    expect((await columnOf(folder, 'tokens')).filter((_, i) => i % 48 === 47)).toEqual(
      [...ALL].map((row) => 0 - row),
    );
    expect(writer.counts).toMatchObject({ writtenCount: ROW_COUNT, failedCount: 0 });
    expect(writer.counts.diskBytes).toBe(statSync(path).size);
  });

  it('completes a file by size, by age and when the release changes', async () => {
    const { writer, folder, clock } = start({ maxFileBytes: MIB });
    // A thousand rows are more than a MiB.
    await writer.append(ROWS, ALL, 'r1');
    expect(listLogFiles(folder)).toHaveLength(1);
    await writer.append(ROWS, ALL.subarray(0, 10), 'r1');
    await writer.completeIfDue();
    expect(listLogFiles(folder)).toHaveLength(1);
    clock.nowMs += 60_000;
    await writer.completeIfDue();
    expect(listLogFiles(folder)).toHaveLength(2);
    await writer.append(ROWS, ALL.subarray(0, 10), 'r1');
    await writer.append(ROWS, ALL.subarray(0, 10), 'r2');
    expect(listLogFiles(folder)).toHaveLength(3);
    await writer.complete();
    expect(writer.counts.writtenCount).toBe(ROW_COUNT + 30);
  });

  it('removes the oldest files before the disk bound is passed', async () => {
    const maxBytes = 16 * MIB;
    const { writer, folder } = start({ maxBytes, maxFileBytes: MIB });
    for (let i = 0; i < 30; i += 1) {
      await writer.append(ROWS, ALL, 'r1');
      const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
      expect(bytes).toBeLessThanOrEqual(maxBytes);
    }
    const { removedFileCount, diskBytes } = writer.counts;
    expect(removedFileCount).toBe(30 - listLogFiles(folder).length);
    expect(removedFileCount).toBeGreaterThan(10);
    expect(diskBytes).toBeLessThanOrEqual(maxBytes);
  });

  it('removes the incomplete file of a killed process, and leaves complete and foreign files', async () => {
    const { writer, folder } = start();
    await writer.append(ROWS, ALL, 'r1');
    await writer.complete();
    writeFileSync(join(folder, 'served-20260301T000000000Z-000009.arrow.partial'), 'cut');
    writeFileSync(join(folder, 'notes.partial'), 'mine');
    expect(listLogFiles(folder)).toHaveLength(1);
    const again = start({ folder });
    expect(readdirSync(folder).sort()).toEqual(['notes.partial', 'served-20260301T000000000Z-000001.arrow']);
    expect(again.writer.counts.diskBytes).toBeGreaterThan(MIB);
  });

  it('forgets the rows of a user, also of the open file, and keeps the others as they are', async () => {
    const { writer, folder } = start({ maxFileBytes: MIB });
    const rows = numberedRows();
    // Every tenth row has the user, as author or as reader.
    const user = { lo: -5, hi: 77 };
    for (let row = 0; row < ROW_COUNT; row += 10) {
      const at = row * ROW_WORDS + ROW.keys + (row % 20 === 0 ? 0 : 2);
      rows.words[at] = user.lo;
      rows.words[at + 1] = user.hi;
    }
    await writer.append(rows, ALL, 'r1');
    await writer.append(
      rows,
      ALL.filter((row) => row % 10 === 0),
      'r1',
    );
    await writer.complete();
    await writer.append(rows, ALL.subarray(0, 25), 'r1');
    expect(await writer.forget(user)).toBe(100 + 100 + 3);
    const others = [...ALL].filter((row) => row % 10 !== 0);
    const expected = [...others, ...others.slice(0, 22)];
    expect(listLogFiles(folder)).toHaveLength(2);
    expect(await columnOf(folder, 'pair_id')).toEqual(expected);
    expect(await columnOf(folder, 'as_of_s')).toEqual(expected.map((row) => 1_614_000_000 + row));
    expect((await columnOf(folder, 'tokens')).filter((_, i) => i % 48 === 47)).toEqual(
      expected.map((row) => 0 - row),
    );
    const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    expect(writer.counts.diskBytes).toBe(bytes);
    expect(await writer.forget(user)).toBe(0);
  });

  it('drops and counts rows while the disk fails, with one line, and goes on after it', async () => {
    const { writer, folder, warnings, clock } = start();
    const full = new PairstreamError('OUTPUT_FAILED', 'x: cannot be written (ENOSPC)');
    const write = vi.spyOn(ArrowFileWriter.prototype, 'writeBatch').mockRejectedValue(full);
    await writer.append(ROWS, ALL, 'r1');
    await writer.complete();
    expect(writer.counts).toMatchObject({ writtenCount: 0, failedCount: ROW_COUNT });
    await writer.append(ROWS, ALL, 'r1');
    clock.nowMs += 10_000;
    await writer.append(ROWS, ALL, 'r1');
    await writer.complete();
    expect(writer.counts.failedCount).toBe(3 * ROW_COUNT);
    expect(warnings).toEqual([expect.stringMatching(/drops rows .*ENOSPC/)]);
    expect(readdirSync(folder)).toEqual([]);
    write.mockRestore();
    clock.nowMs += 10_000;
    await writer.append(ROWS, ALL, 'r1');
    await writer.complete();
    expect(writer.counts).toMatchObject({ writtenCount: ROW_COUNT, failedCount: 3 * ROW_COUNT });
    expect(warnings.slice(1)).toEqual(['the feature log is written again']);
  });
});
