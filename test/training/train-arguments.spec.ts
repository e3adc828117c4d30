import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../support/processes/run-program.js';
import { ROOT } from '../support/gateway/test-gateway.js';

describe('scripts/train.sh refuses in one line, before it installs or makes anything,', () => {
  it.each([
    ['a size by another name', ['big'], "unknown size 'big', expected small, tiny or published"],
    [
      'a seed of letters',
      ['tiny', 'x'],
      "seed 'x', expected a whole number of 0 or more, at most nine digits",
    ],
    [
      'a seed with a sign',
      ['tiny', '-1'],
      "seed '-1', expected a whole number of 0 or more, at most nine digits",
    ],
    ['a fraction', ['tiny', '1.5'], "seed '1.5', expected a whole number of 0 or more, at most nine digits"],
    [
      'a path',
      ['tiny', '../../x'],
      "seed '../../x', expected a whole number of 0 or more, at most nine digits",
    ],
    [
      'a seed of ten digits',
      ['tiny', '1234567890'],
      "seed '1234567890', expected a whole number of 0 or more, at most nine digits",
    ],
  ])('%s', async (_, options, message) => {
    const finished = await runProgram(join(ROOT, 'scripts/train.sh'), options);
    expect(finished).toMatchObject({ status: 2, stdout: '', stderr: `${message}\n` });
  });
});
