import { describe, expect, it } from 'vitest';
import { PairstreamError } from '../errors/pairstream-error.js';
import { MissingMemberLog } from './missing-member-log.js';

describe('MissingMemberLog', () => {
  it('says of every member once who is missing and why, however many batches there are', () => {
    const lines: unknown[] = [];
    const log = new MissingMemberLog({ warn: (...line: unknown[]) => lines.push(line) });
    const cause = new Error('the device is gone');
    const failed = new PairstreamError('BACKEND_FAILED', 'model nn1: failed', { cause });
    const busy = new PairstreamError('BUSY', 'model xgb1: busy');
    for (let batch = 0; batch < 100; batch += 1) {
      log.add('nn1', failed);
      log.add('xgb1', busy);
    }
    expect(lines).toEqual([
      [{ member: 'nn1', code: 'BACKEND_FAILED', err: cause }, 'model nn1: failed'],
      [{ member: 'xgb1', code: 'BUSY', err: busy }, 'model xgb1: busy'],
    ]);
  });
});
