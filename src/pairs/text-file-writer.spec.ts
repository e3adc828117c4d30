import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { TextFileWriter } from './text-file-writer.js';

const folder = mkdtempSync(join(tmpdir(), 'text-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Takes every byte for want of room; Linux has it. */
const FULL_DEVICE = '/dev/full';
/** Hardly packs, so that gzip soon has something to write. */
const TEXT = Array.from({ length: 20_000 }, (_, i) => Math.imul(i, 0x9e37_79b1).toString(36)).join('\n');

describe('TextFileWriter', () => {
  it.each(['a.txt', 'a.txt.gz'])('%s holds all that was written, in order', async (name) => {
    const path = join(folder, name);
    const writer = await TextFileWriter.open(path);
    for (let i = 0; i < 8; i += 1) await writer.write(`${i}\n${TEXT}`);
    await writer.close();
    const bytes = readFileSync(path);
    const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
    expect(text).toBe(Array.from({ length: 8 }, (_, i) => `${i}\n${TEXT}`).join(''));
  });

  it.runIf(existsSync(FULL_DEVICE)).each(['full.txt', 'full.txt.gz'])(
    '%s on a full disk is an error in time, and abort takes it away',
    async (name) => {
      const path = join(folder, name);
      symlinkSync(FULL_DEVICE, `${path}.partial`);
      const writer = await TextFileWriter.open(path);
      const fill = async (): Promise<void> => {
        for (let i = 0; i < 100; i += 1) await writer.write(TEXT);
        await writer.close();
      };
      const refusal = {
        code: 'OUTPUT_FAILED',
        message: expect.stringContaining(`${name}: cannot be written (ENOSPC)`),
      };
      await expect(fill()).rejects.toMatchObject(refusal);
      await expect(writer.write(TEXT)).rejects.toMatchObject(refusal);
      await writer.abort();
      expect(readdirSync(folder).filter((file) => file.startsWith(name))).toEqual([]);
    },
  );

  it('given up while gzip still has bytes to write leaves nothing', async () => {
    const path = join(folder, 'given-up.txt.gz');
    const writer = await TextFileWriter.open(path);
    for (let i = 0; i < 8; i += 1) await writer.write(TEXT);
    await writer.abort();
    expect(readdirSync(folder).filter((file) => file.startsWith('given-up'))).toEqual([]);
  });
});
