import { ENUM_NUMBER } from './generated/fields.js';

const { MemberUse } = ENUM_NUMBER;

/** Numbers of pairstream.v1.MemberUse by use; 0 is unspecified. */
export const MEMBER_USE_CODE = {
  weighted: MemberUse.MEMBER_USE_WEIGHTED,
  input: MemberUse.MEMBER_USE_INPUT,
  none: MemberUse.MEMBER_USE_NONE,
  missing: MemberUse.MEMBER_USE_MISSING,
} as const;

/** Wire types of the protobuf encoding (protobuf.dev, "Encoding"). */
export const WIRE_TYPE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** `domain` of every google.rpc.ErrorInfo that a gateway sends. */
export const ERROR_DOMAIN = 'pairstream';

/** Trailer that carries a google.rpc.Status beside the code and text of a failed unary call. */
export const STATUS_DETAILS_KEY = 'grpc-status-details-bin';

/** Messages up to this size are sent and accepted unless told otherwise: 64 MiB. */
export const DEFAULT_MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
