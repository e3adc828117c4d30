import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CATALOGUE_VERSION } from '../../features/catalogue-version.js';
import { ArrowFileWriter } from '../../files/arrow-file.js';
import { checkFeatureFile, listFeatureFiles, readFeatureFile } from './feature-file-reader.js';
import { FEATURE_FILE_METADATA, TOKENS_PER_ROW } from '../../features/feature-file-contract.js';

const VOCABULARY = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);
const { catalogueVersion, vocabularySha256 } = FEATURE_FILE_METADATA;
const folder = mkdtempSync(join(tmpdir(), 'feature-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function write(name: string, metadata: Record<string, string>): Promise<string> {
  const path = join(folder, name);
  const writer = await ArrowFileWriter.open(
    path,
    [
      { name: 'as_of_s', type: 'float64' },
      { name: 'f', type: 'float32' },
      { name: 'key_a_user_id', type: 'uint64' },
      { name: 'tokens', type: 'int32', listLength: TOKENS_PER_ROW },
    ],
    metadata,
  );
  await writer.writeBatch(
    {
      as_of_s: Float64Array.of(1, 2),
      f: Float32Array.of(0.5, Number.NaN),
      key_a_user_id: BigUint64Array.of(0x1_0000_0002n, 0xffff_ffff_0000_0003n),
      tokens: Int32Array.from({ length: 2 * TOKENS_PER_ROW }, (_, i) => i),
    },
    2,
  );
  await writer.close();
  return path;
}

describe('feature files', () => {
  it('are listed by day', () => {
    const days = mkdtempSync(join(folder, 'days-'));
    for (const name of ['features-00010.arrow', 'features-00009.arrow', 'statistics.snapshot'])
      writeFileSync(join(days, name), '');
    expect(listFeatureFiles(days).map(({ day }) => day)).toEqual([9, 10]);
    expect(() => listFeatureFiles(join(folder, 'none'))).toThrow('none: cannot be read (no such file)');
    expect(() => listFeatureFiles(mkdtempSync(join(folder, 'empty-')))).toThrow('no features-*.arrow in it');
  });

  it('read as they were written', async () => {
    const path = await write('features-00001.arrow', {});
    const [columns] = await Array.fromAsync(readFeatureFile(path));
    expect(columns?.rowCount).toBe(2);
    expect(columns?.asOfS).toEqual(Float64Array.of(1, 2));
    expect(columns?.feature('f')).toEqual(Float32Array.of(0.5, Number.NaN));
    expect(columns?.key('a_user_id')).toEqual(Int32Array.of(2, 1, 3, -1));
    expect(columns?.tokens.subarray(TOKENS_PER_ROW, TOKENS_PER_ROW + 2)).toEqual(Int32Array.of(48, 49));
    expect(() => columns?.feature('g')).toThrow(`${path}: no column g of type float32`);
    expect(() => columns?.key('b_user_id')).toThrow('no column key_b_user_id of type uint64');
  });

  it('of this catalogue and vocabulary pass', async () => {
    const metadata = { [catalogueVersion]: CATALOGUE_VERSION, [vocabularySha256]: VOCABULARY };
    await expect(checkFeatureFile(await write('good.arrow', metadata), VOCABULARY)).resolves.toBeUndefined();
  });

  it.each([
    ['an older replay', {}, `no feature_catalogue in its metadata, expected ${CATALOGUE_VERSION}`],
    [
      'another catalogue',
      { [catalogueVersion]: '0123456789abcdef', [vocabularySha256]: VOCABULARY },
      `feature_catalogue is 0123456789abcdef, expected ${CATALOGUE_VERSION}`,
    ],
    [
      'another vocabulary',
      { [catalogueVersion]: CATALOGUE_VERSION, [vocabularySha256]: OTHER },
      `vocabulary_sha256 is ${OTHER}, expected ${VOCABULARY}`,
    ],
  ])('of %s are refused, with both values and the remedy', async (_, metadata, problem) => {
    const path = await write('refused.arrow', metadata);
    const message = `${path}: ${problem}; write the feature files again with \`pairstream replay\``;
    await expect(checkFeatureFile(path, VOCABULARY)).rejects.toMatchObject({
      code: 'INVALID_DATA_FILE',
      message,
    });
  });
});
