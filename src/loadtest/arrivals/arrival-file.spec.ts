import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readArrivalTimes } from './arrival-file.js';

const folder = mkdtempSync(join(tmpdir(), 'arrival-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(text: string): string {
  const path = join(folder, 'times.txt');
  writeFileSync(path, text);
  return path;
}

const USER = ['A'.repeat(32), '1', '2', 'false', '1500000000'];

/** A row of a part file without labels. */
function partLine(timeS: number): string {
  const id = 'B'.repeat(32);
  return ['101\t102', '', id, '', '', '', 'TopLevel', id, String(timeS), ...USER, ...USER, 'true'].join(
    '\x01',
  );
}

describe('readArrivalTimes', () => {
  it.each<[string, string, number[]]>([
    ['seconds from the first one', '100.5\n101\n103.25\n', [0, 0.5, 2.75]],
    ['times in any order', '7\n5\n6\n', [0, 1, 2]],
    ['equal times', '1\n1\n', [0, 0]],
    ['a negative time', '-1\n1\n', [0, 2]],
    [
      'tweet times of a part file, spread over their second',
      [9, 9, 7, 10].map((s) => `${partLine(1_600_000_000 + s)}\n`).join(''),
      [0, 2, 2.5, 3],
    ],
  ])('reads %s', async (_name, text, expected) => {
    expect([...(await readArrivalTimes(fileOf(text)))]).toEqual(expected);
  });

  it.each([
    ['an empty file', '', /no arrival times, expected at least one line/],
    ['text', '1\nsoon\n', /line 2 is "soon", expected a time in seconds/],
    ['an empty line', '1\n\n2\n', /line 2 is "", expected a time in seconds/],
    ['a missing file', undefined, /cannot be read|no such file/i],
  ])('refuses %s', async (_name, text, message) => {
    const path = text === undefined ? join(folder, 'missing') : fileOf(text);
    await expect(readArrivalTimes(path)).rejects.toMatchObject({
      code: 'INVALID_DATA_FILE',
      message: expect.stringMatching(message),
    });
  });
});
