export { type BytesCallOptions, BytesChannel, type CallError } from './bytes-channel.js';
export { checkTimeout, LONGEST_TIMEOUT_MS } from './call-timeout.js';
export { GrpcStatusError, withoutEmptyNote } from './grpc-status.js';
export type { TlsOptions } from './http2-connection.js';
export { StreamChannel } from './stream-channel.js';
export { UnaryChannel } from './unary-channel.js';
export { EnumValueError, type MessageFields, MessageTypes } from './message-types.js';
