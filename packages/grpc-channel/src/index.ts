export type { BytesCallOptions } from './call-options.js';
export { checkTimeout, LONGEST_TIMEOUT_MS } from './call-timeout.js';
export { GrpcStatusError, withoutEmptyNote } from './grpc-status.js';
export type { TlsOptions } from './http2-connection.js';
export { status } from './status-code.js';
export { StreamChannel } from './stream-channel.js';
export { UnaryChannel } from './unary-channel.js';
export { EnumValueError, type MessageFields, MessageTypes } from './message-types.js';
