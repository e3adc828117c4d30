import { ServerError } from '@pairstream/client';
import { BytesChannel, DEFAULT_MAX_MESSAGE_BYTES } from '@pairstream/client/wire';
import { CallLostError, type GrpcStatusError, type TlsOptions } from '@pairstream/grpc-channel';
import type { PoolMessage } from '../messages/message-pool.js';
import type { Outcome } from './outcome.js';

/** Transports of a load: a call per message, or streams. */
export type Transport = 'unary' | 'stream';

/** A message to send. */
export interface OutgoingMessage extends PoolMessage {
  /** Time left until its deadline, milliseconds; undefined: no deadline. */
  readonly timeoutMs: number | undefined;
}

/** Sends messages over one connection. */
export interface Sender {
  /** Sends a message. @returns its outcome; the promise never fails */
  send(message: OutgoingMessage): Promise<Outcome>;
  /** Ends all calls: messages without a response are lost. */
  close(): void;
}

/** Gateway of a connection. */
export interface ChannelTarget {
  /** host:port. */
  readonly target: string;
  /** Default: no TLS. */
  readonly tls?: TlsOptions | undefined;
  /** Headers of every call, by names in lower case. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Token of the caller. Default: none. */
  readonly token?: string | undefined;
}

/** A connection for load. Calls fail with ServerError if a server refuses them, and with other errors if no response comes. */
export function openChannel({ target, tls, token, headers: others }: ChannelTarget): BytesChannel {
  const headers = { ...others, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  return new BytesChannel({
    target,
    tls,
    headers,
    maxMessageBytes: DEFAULT_MAX_MESSAGE_BYTES,
    toError: errorOf,
  });
}

function errorOf(error: GrpcStatusError, wasCancelled: boolean): Error {
  return wasCancelled || error instanceof CallLostError ? error : ServerError.fromCall(error);
}
