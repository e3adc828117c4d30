import { describe, expect, it } from 'vitest';
import { reasonOf } from './connection-failure.js';

describe('reasonOf', () => {
  it('is the innermost cause', () => {
    expect(reasonOf(new Error('of the stream', { cause: new Error('of the socket') }))).toBe('of the socket');
  });

  it('names every address of a host that was tried', () => {
    const tried = new AggregateError([new Error('refused by ::1'), new Error('refused by 127.0.0.1')]);
    expect(reasonOf(new Error('of the stream', { cause: tried }))).toBe(
      'refused by ::1; refused by 127.0.0.1',
    );
  });

  it('is undefined without an error', () => {
    expect(reasonOf(undefined)).toBeUndefined();
  });
});
