import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
});
