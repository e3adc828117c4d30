import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Float32,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Table,
  vectorFromArray,
} from 'apache-arrow';
import { afterAll, describe, expect, it } from 'vitest';
import { ArrowFileWriter, readArrowFile } from './arrow-file.js';

const folder = mkdtempSync(join(tmpdir(), 'arrow-'));
afterAll(() => rmSync(folder, { recursive: true }));

const COLUMNS = [
  { name: 'f', type: 'float32' as const },
  { name: 'd', type: 'float64' as const },
  { name: 'i', type: 'int32' as const },
  { name: 'u', type: 'uint8' as const },
  { name: 's', type: 'utf8' as const },
];

async function read(path: string): Promise<unknown[]> {
  const batches: unknown[] = [];
  for await (const { rowCount, columns } of readArrowFile(path)) {
    batches.push([rowCount, ...COLUMNS.map(({ name }) => [...(columns.get(name) ?? [])])]);
  }
  return batches;
}

describe('ArrowFileWriter', () => {
  it('writes batches that read back the same, from arrays longer than the batch and reused', async () => {
    const path = join(folder, 'round-trip.arrow');
    const writer = await ArrowFileWriter.open(path, COLUMNS);
    const f = Float32Array.of(1.5, Number.NaN, 9);
    const rest = { d: Float64Array.of(1, 2, 3), i: Int32Array.of(-1, 2, 3), u: Uint8Array.of(1, 0, 1) };
    await writer.writeBatch({ f, ...rest, s: ['a', 'ä', 'c'] }, 2);
    f.fill(7);
    await writer.writeBatch({ f, ...rest, s: ['x', 'y', 'z'] }, 3);
    expect(existsSync(path)).toBe(false);
    await writer.close();
    expect(await read(path)).toEqual([
      [2, [1.5, Number.NaN], [1, 2], [-1, 2], [1, 0], ['a', 'ä']],
      [3, [7, 7, 7], [1, 2, 3], [-1, 2, 3], [1, 0, 1], ['x', 'y', 'z']],
    ]);
    expect(existsSync(`${path}.partial`)).toBe(false);
  });

  it('refuses values of another type, naming the column', async () => {
    const path = join(folder, 'wrong.arrow');
    const writer = await ArrowFileWriter.open(path, [{ name: 'f', type: 'float32' }]);
    await expect(writer.writeBatch({ f: Int32Array.of(1) }, 1)).rejects.toThrow(
      'column f: Int32Array, expected values of type float32',
    );
    await writer.abort();
    expect(existsSync(`${path}.partial`)).toBe(false);
    expect(existsSync(path)).toBe(false);
  });
});

describe('readArrowFile', () => {
  it.each([
    ['missing', undefined],
    ['no Arrow file', 'something else'],
  ])('tells when the file is %s', async (_name, content) => {
    const path = join(folder, 'bad.arrow');
    if (content !== undefined) writeFileSync(path, content);
    await expect(read(path)).rejects.toMatchObject({ code: 'INVALID_DATA_FILE' });
  });

  async function smallFile(): Promise<Buffer> {
    const path = join(folder, 'small.arrow');
    const writer = await ArrowFileWriter.open(path, [{ name: 'f', type: 'float32' }]);
    await writer.writeBatch({ f: Float32Array.of(1, 2, 3) }, 3);
    await writer.writeBatch({ f: Float32Array.of(4, 5, 6) }, 3);
    await writer.close();
    return readFileSync(path);
  }

  async function problemOf(bytes: Uint8Array): Promise<string> {
    const path = join(folder, 'damaged.arrow');
    writeFileSync(path, bytes);
    return read(path).then(
      () => 'none',
      (error: unknown) => String(error),
    );
  }

  it('tells when the file was cut off, wherever that was', async () => {
    const whole = await smallFile();
    expect(await problemOf(whole)).toBe('none');
    for (let length = 0; length < whole.length; length += 1) {
      const end =
        length < 6 ? 'it does not begin with ARROW1' : 'it does not end with ARROW1: it was cut off';
      expect(await problemOf(whole.subarray(0, length))).toContain(end);
    }
  });

  it('ends at a record batch whose length is damaged', async () => {
    const whole = await smallFile();
    // Right behind the 8 bytes of magic: continuation mark, then the length of the metadata.
    const negative = Uint8Array.from(whole).fill(0xff, 12, 16);
    expect(await problemOf(negative)).toContain('cannot be read as an Arrow file');
    const nothing = Uint8Array.from(whole).fill(0, 8, 16);
    expect(await problemOf(nothing)).toContain('record batch 0');
    const footer = Uint8Array.from(whole).fill(0x7f, whole.length - 10, whole.length - 6);
    expect(await problemOf(footer)).toContain(`2139062143 bytes in a file of ${whole.length}`);
  });

  it('refuses nulls, which would read as numbers, and the stream form', async () => {
    const nulls = new Table({ f: vectorFromArray([1, null, 3], new Float32()) });
    expect(await problemOf(RecordBatchFileWriter.writeAll(nulls).toUint8Array(true))).toContain(
      'column f holds 1 nulls, expected none',
    );
    const values = new Table({ f: vectorFromArray([1, 2, 3], new Float32()) });
    expect(await problemOf(RecordBatchFileWriter.writeAll(values).toUint8Array(true))).toBe('none');
    expect(await problemOf(RecordBatchStreamWriter.writeAll(values).toUint8Array(true))).toContain(
      'does not begin with ARROW1',
    );
  });
});
