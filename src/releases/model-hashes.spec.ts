import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ModelHashes, recordModelHashes } from './model-hashes.js';

const root = mkdtempSync(join(tmpdir(), 'model-hashes-'));
const folder = join(root, 'm/1');
afterAll(() => rmSync(root, { recursive: true }));

beforeEach(async () => {
  rmSync(join(root, 'm'), { recursive: true, force: true });
  mkdirSync(join(folder, 'weights'), { recursive: true });
  for (const file of [
    'model.onnx',
    'golden.json',
    'users.arrow',
    'weights/layer.bin',
    'checkpoint.tl',
    '.hidden',
  ])
    writeFileSync(join(folder, file), `content of ${file}`);
  await recordModelHashes(folder);
});

/** Checks all files, as if no engine had read one. @returns the warning */
async function check(): Promise<string | undefined> {
  const hashes = await ModelHashes.read(folder);
  await hashes.checkOtherFiles();
  return await hashes.finish();
}

function flipBit(file: string): void {
  const content = readFileSync(join(folder, file));
  content[3]! ^= 1;
  writeFileSync(join(folder, file), content);
}

describe('recorded hashes of a model', () => {
  it('fit the files they were made of', async () => {
    expect(await recordModelHashes(folder)).toBe(4);
    expect(await check()).toBeUndefined();
  });

  it.each(['model.onnx', 'golden.json', 'users.arrow', 'weights/layer.bin'])(
    'find one flipped bit in %s, and are recorded anew by one call',
    async (file) => {
      flipBit(file);
      const message = /SHA-256 is [0-9a-f]{64}, SHA256SUMS expects [0-9a-f]{64}: .*`pairstream models hash/;
      await expect(check()).rejects.toThrow(
        expect.objectContaining({
          code: 'INVALID_MODEL',
          field: join(folder, file),
          message: expect.stringMatching(message),
        }),
      );
      await recordModelHashes(folder);
      expect(await check()).toBeUndefined();
    },
  );

  it('are compared with what an engine read, and not with the file again', async () => {
    const hashes = await ModelHashes.read(folder);
    const sha256 = createHash('sha256').update('content of model.onnx').digest('hex');
    flipBit('model.onnx');
    await hashes.checkOtherFiles();
    expect(() => hashes.check('model.onnx', 'ab'.repeat(32))).toThrow(/model.onnx: SHA-256 is abab/);
    hashes.check('model.onnx', sha256);
    hashes.check('unrecorded', 'ab');
    expect(await hashes.finish()).toBeUndefined();
  });

  it.each(['checkpoint.tl', '.hidden'])('leave %s alone, which is made on the machine', async (file) => {
    flipBit(file);
    expect(await check()).toBeUndefined();
  });

  it.each<[string, () => void, RegExp]>([
    ['a recorded file is not there', () => rmSync(join(folder, 'users.arrow')), /^none$/],
    [
      'nothing is recorded',
      () => rmSync(join(folder, 'SHA256SUMS')),
      /no SHA256SUMS, so damage .* not noticed/,
    ],
    [
      'a file was added',
      () => copyFileSync(join(folder, 'model.onnx'), join(folder, 'model.onnx.data')),
      /SHA256SUMS does not cover model\.onnx\.data/,
    ],
  ])('warn, or not, if %s', async (_name, change, warning) => {
    change();
    expect((await check()) ?? 'none').toMatch(warning);
  });

  it('name a line that is none of sha256sum', async () => {
    writeFileSync(join(folder, 'SHA256SUMS'), 'nonsense\n');
    await expect(check()).rejects.toThrow(/SHA256SUMS: line 1 is "nonsense", expected 64/);
  });
});
