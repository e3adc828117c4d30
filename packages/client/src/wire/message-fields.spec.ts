import { describe, expect, it } from 'vitest';
import { MEMBER_USE_CODE, MESSAGE_FIELDS, METHOD_PATH } from './message-fields.js';
import { messageType } from './message-types.js';

describe('the wire', () => {
  it.each(Object.entries(MESSAGE_FIELDS))('%s has the fields of the .proto file', (name, fields) => {
    const declared = messageType(`pairstream.v1.${name}`).fieldsArray.map(({ name: field, id }) => [
      field,
      id,
    ]);
    expect(Object.entries(fields)).toEqual(declared);
  });

  it('has the uses of members of the .proto file', () => {
    const { root } = messageType('pairstream.v1.MemberOpinion');
    const codes = Object.entries(MEMBER_USE_CODE).map(([use, code]) => [
      `MEMBER_USE_${use.toUpperCase()}`,
      code,
    ]);
    expect(root.lookupEnum('pairstream.v1.MemberUse').values).toEqual({
      MEMBER_USE_UNSPECIFIED: 0,
      ...Object.fromEntries(codes),
    });
  });

  it('has the methods of the .proto file', () => {
    const service = messageType('pairstream.v1.PredictRequest').root.lookupService(
      'pairstream.v1.PairService',
    );
    const paths = service.methodsArray.map(({ name }) => `/pairstream.v1.PairService/${name}`);
    expect(Object.values(METHOD_PATH)).toEqual(paths);
  });
});
