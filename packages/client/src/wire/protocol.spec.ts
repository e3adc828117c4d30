import { describe, expect, it } from 'vitest';
import { ENUM_NUMBER } from './generated/fields.js';
import { MEMBER_USE_CODE } from './protocol.js';

describe('MEMBER_USE_CODE', () => {
  it('has every use of the protocol', () => {
    const { MEMBER_USE_UNSPECIFIED: _, ...uses } = ENUM_NUMBER.MemberUse;
    const named = Object.entries(MEMBER_USE_CODE).map(([use, code]) => [
      `MEMBER_USE_${use.toUpperCase()}`,
      code,
    ]);
    expect(Object.fromEntries(named)).toEqual(uses);
  });
});
