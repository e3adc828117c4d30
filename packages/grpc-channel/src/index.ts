export type { BytesCallOptions } from './call-options.js';
export { checkTimeout, LONGEST_TIMEOUT_MS, LONGEST_TIMER_MS } from './call-timeout.js';
export { CallLostError, GrpcStatusError, withoutEmptyNote } from './grpc-status.js';
export { Http2Connection, type Http2ConnectionOptions, type TlsOptions } from './http2-connection.js';
export { type HostAndPort, parseHostAndPort, parseTarget, type ServerAddress } from './server-address.js';
export { status } from './status-code.js';
export { StreamChannel } from './stream-channel.js';
export { UnaryChannel } from './unary-channel.js';
export { EnumValueError, type MessageFields, MessageTypes } from './message-types.js';
