import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PairstreamError } from '../errors/pairstream-error.js';
import { readPartFile } from '../pairs/part-file-reader.js';
import { BadRows, leftOut } from './bad-rows.js';
import { labelledRowOptions } from './offline/labelled-rows.js';

const VOCABULARY_SIZE = 25_734;
const folder = mkdtempSync(join(tmpdir(), 'bad-rows-'));
afterAll(() => rmSync(folder, { recursive: true }));
const LINES = readFileSync('examples/part-00020.tsv', 'utf8').split('\n').slice(0, 5);

/** The first five rows of the example, the third with another value in a column. */
function fileWith(column: number, value: string): string {
  const path = join(folder, `column-${column}.tsv`);
  const changed = LINES.with(2, LINES[2]!.split('\x01').with(column, value).join('\x01'));
  writeFileSync(path, `${changed.join('\n')}\n`);
  return path;
}

describe('BadRows', () => {
  it.each([
    [0, '101\t25734\t102', 'text_tokens: 25734, expected an id below 25734, the size of the vocabulary'],
    [8, '-1', 'tweet_timestamp: -1, expected Unix seconds from 0'],
    [8, '1614124827000', 'tweet_timestamp: 1614124827000 (milliseconds? 1614124827 in seconds), expected'],
    [13, '1700000000', 'engaged_with_user_account_creation: 1700000000, expected a time before the tweet'],
    [18, '1281706959000', 'engaging_user_account_creation: 1281706959000 (milliseconds? 1281706959 in'],
    [18, '1700000000', 'engaging_user_account_creation: 1700000000, expected a time before the time'],
  ])(
    'names file and line of a row that cannot be scored: column %d is %j',
    async (column, value, message) => {
      const path = fileWith(column, value);
      const failing = new BadRows('fail', join(folder, 'never'));
      const read = Array.fromAsync(readPartFile(path, labelledRowOptions(failing, VOCABULARY_SIZE)));
      await expect(read).rejects.toThrow(`${path}, line 3: ${message}`);
      const told = join(folder, `told-${column}.tsv`);
      const skipping = new BadRows('skip', told);
      const batches = await Array.fromAsync(
        readPartFile(path, labelledRowOptions(skipping, VOCABULARY_SIZE)),
      );
      await skipping.close();
      expect([batches.flat().length, skipping.count]).toEqual([4, 1]);
      expect(readFileSync(told, 'utf8')).toContain(`${path}, line 3: ${message}`);
      expect(existsSync(join(folder, 'never'))).toBe(false);
    },
  );

  it('explains an error of the data with the lines left out, and no other error', async () => {
    const badRows = new BadRows('skip', join(folder, 'explained.tsv'));
    const tooFew = new PairstreamError('INVALID_DATA_FILE', '0 rows, expected more', { field: '--in' });
    expect(badRows.explain(tooFew)).toBe(tooFew);
    const path = fileWith(10, 'many');
    await Array.fromAsync(readPartFile(path, labelledRowOptions(badRows, VOCABULARY_SIZE)));
    expect(badRows.explain(tooFew)).toMatchObject({
      code: 'INVALID_DATA_FILE',
      field: '--in',
      message: `0 rows, expected more (1 line was no row and left out, the first: ${path}, line 3, column 11 (engaged_with_user_follower_count): "many", expected a whole number of 0 or more)`,
    });
    const cancelled = new PairstreamError('CANCELLED', 'interrupted');
    expect(badRows.explain(cancelled)).toBe(cancelled);
    await badRows.abort();
  });
});

it.each([
  [1, '1 line was no row'],
  [2, '2 lines were no rows'],
  [11, '11 lines were no rows'],
])('counts %d lines that are no rows', (lineCount, expected) => {
  expect(leftOut(lineCount)).toBe(expected);
});
