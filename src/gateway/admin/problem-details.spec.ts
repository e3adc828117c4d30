import { BadRequestException, NotFoundException, PayloadTooLargeException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { problemDetails, toAdminError } from './problem-details.js';

describe('toAdminError', () => {
  it.each([
    [new NotFoundException('Cannot GET /x'), 'NOT_FOUND', 'Cannot GET /x'],
    [new BadRequestException('first\n  second'), 'INVALID_REQUEST', 'first second'],
    [new PayloadTooLargeException('too large'), 'MESSAGE_TOO_LARGE', 'too large'],
    [new PairstreamError('BUSY', 'try later'), 'BUSY', 'try later'],
    [new TypeError('x is not a function'), 'INTERNAL', 'internal error'],
    ['a text', 'INTERNAL', 'internal error'],
  ])('%s is %s', (thrown, code, message) => {
    expect(toAdminError(thrown)).toMatchObject({ code, message });
  });
});

describe('problemDetails', () => {
  it('has the members of RFC 9457, the code and the field', () => {
    const error = new PairstreamError('INVALID_REQUEST', 'level: "loud", expected info', { field: 'level' });
    expect(problemDetails(error, '/log-level?x=1')).toEqual({
      type: 'urn:pairstream:error:INVALID_REQUEST',
      title: expect.stringContaining('cannot be decoded'),
      status: 400,
      detail: 'level: "loud", expected info',
      instance: '/log-level?x=1',
      code: 'INVALID_REQUEST',
      field: 'level',
    });
  });
});
