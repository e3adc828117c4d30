import { decodeStatusDetails } from '@pairstream/client/wire';
import { describe, expect, it } from 'vitest';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import { encodeStatusDetails } from './status-details.js';

describe('status details', () => {
  it('carry code, reason, field and delay', () => {
    const busy = new PairstreamError('BUSY', 'full', { field: 'pairs', retryAfterMs: 1_250.5 });
    expect(decodeStatusDetails(encodeStatusDetails(busy))).toEqual({
      code: 8,
      message: 'full',
      reason: 'BUSY',
      field: 'pairs',
      retryAfterMs: 1_250.5,
    });
  });

  it('leave out what there is not', () => {
    const late = new PairstreamError('DEADLINE_EXCEEDED', 'late');
    expect(decodeStatusDetails(encodeStatusDetails(late))).toMatchObject({
      field: undefined,
      retryAfterMs: undefined,
    });
  });
});
