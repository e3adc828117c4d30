import { once } from 'node:events';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { METHOD } from '@pairstream/client/wire';
import type { MessageKind } from './block-messages.js';

/** Statuses of messages that the gateway may refuse: INVALID_ARGUMENT, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAVAILABLE. */
const REFUSALS: ReadonlySet<number> = new Set([3, 4, 8, 14]);
const PREFIX_BYTES = 5;

/** Answers and refusals of a run. */
export interface CallCounts {
  answered: number;
  refused: number;
}

/** Calls Predict with encoded messages, damaged or compressed as they are, over connections of their own. */
export class RawCallers implements Disposable {
  private readonly sessions: ClientHttp2Session[];

  /** @param target host:port */
  constructor(target: string, connectionCount: number) {
    this.sessions = Array.from({ length: connectionCount }, () => connect(`http://${target}`));
  }

  /** Sends messages in turn until the signal aborts. @throws Error for a status that no message may have */
  async send(
    { messages, inFlight, isCompressed = false }: MessageKind,
    signal: AbortSignal,
  ): Promise<CallCounts> {
    const frames = messages.map((message) => frameOf(message, isCompressed));
    const counts: CallCounts = { answered: 0, refused: 0 };
    const lanes = Array.from({ length: inFlight }, async (_, lane) => {
      const session = this.sessions[lane % this.sessions.length]!;
      for (let i = lane; !signal.aborted; i += inFlight) {
        const status = await call(session, frames[i % frames.length]!);
        if (status === 0) counts.answered += 1;
        else if (REFUSALS.has(status)) counts.refused += 1;
        else throw new Error(`a message was answered with status ${status}`);
      }
    });
    await Promise.all(lanes);
    return counts;
  }

  [Symbol.dispose](): void {
    for (const session of this.sessions) session.destroy();
  }
}

/** A message with its prefix: flag and length. */
function frameOf(message: Buffer, isCompressed: boolean): Buffer {
  const bytes = isCompressed ? gzipSync(message) : message;
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt8(isCompressed ? 1 : 0);
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}

/** @returns the gRPC status @throws Error if the call has none */
async function call(session: ClientHttp2Session, frame: Buffer): Promise<number> {
  const stream = session.request({
    ':method': 'POST',
    ':path': METHOD.Predict.path,
    'content-type': 'application/grpc',
    'grpc-encoding': 'gzip',
    te: 'trailers',
  });
  let status: string | string[] | undefined;
  const noteStatus = (headers: IncomingHttpHeaders): void => {
    status ??= headers['grpc-status'];
  };
  stream.on('response', noteStatus);
  stream.on('trailers', noteStatus);
  stream.resume();
  stream.end(frame);
  await once(stream, 'close');
  if (status === undefined) throw new Error('a call ended without a gRPC status');
  return Number(status);
}
