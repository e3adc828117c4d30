import {
  type handleUnaryCall,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
} from '@grpc/grpc-js';
import type { PredictorInfo } from '../../../scoring/predictor.js';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import { TARGETS } from '../../../pairs/targets.js';
import type { Telemetry } from '../../../telemetry/telemetry.js';
import { METHOD, PAIRSTREAM_MESSAGES } from '@pairstream/client/wire';
import { statusOf } from '../encode/call-status.js';
import type { RequestHandler } from './request-handler.js';
import {
  type BytesStream,
  StreamSession,
  type StreamSessionOptions,
  type StreamState,
} from './stream-session.js';

/** Dependencies and limits of the service. */
export interface PairServiceOptions {
  readonly handler: RequestHandler;
  readonly telemetry: Telemetry;
  /** Returns release and limits. @throws PairstreamError NOT_READY */
  readonly info: () => PredictorInfo;
  readonly serverVersion: string;
  readonly maxMessageBytes: number;
  readonly maxMessagesPerStream: number;
  /** Called for each answered request; see StreamSessionOptions. */
  readonly onAnswered: StreamSessionOptions['onAnswered'];
}

const identity = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const bytesMethod = {
  requestSerialize: identity,
  requestDeserialize: (bytes: Buffer) => bytes,
  responseSerialize: identity,
  responseDeserialize: (bytes: Buffer) => bytes,
};

/**
 * The methods of pairstream.v1.PairService on bytes. The handlers decode the requests, because a decoder inside grpc-js would
 * end a stream on the first request that cannot be decoded.
 */
export const PAIR_SERVICE = {
  predict: { path: METHOD.Predict.path, requestStream: false, responseStream: false, ...bytesMethod },
  predictStream: {
    path: METHOD.PredictStream.path,
    requestStream: true,
    responseStream: true,
    ...bytesMethod,
  },
  getServerInfo: {
    path: METHOD.GetServerInfo.path,
    requestStream: false,
    responseStream: false,
    ...bytesMethod,
  },
} as const satisfies ServiceDefinition;

const NO_BYTES = Buffer.alloc(0);

/** An open stream. */
export interface OpenStream extends StreamState {
  /** Number of the stream, counted from 1 in the order of opening. */
  readonly id: number;
  /** Path of the gRPC method. */
  readonly method: string;
}

/** Handlers of pairstream.v1.PairService. */
export class PairService {
  /** Open streams by id, the oldest first. */
  private readonly sessions = new Map<number, StreamSession>();
  private openedCount = 0;
  private isFinishing = false;

  constructor(private readonly options: PairServiceOptions) {}

  readonly predict: handleUnaryCall<Buffer, Uint8Array> = (call, callback) => {
    void this.answerUnary(call, callback);
  };

  readonly predictStream = (call: BytesStream): void => {
    const { handler, telemetry, maxMessagesPerStream: maxRequests, onAnswered } = this.options;
    this.openedCount += 1;
    const id = this.openedCount;
    const session = new StreamSession(call, {
      handler,
      telemetry,
      maxRequests,
      callDeadlineMs: deadlineMsOf(call),
      onAnswered,
      onClosed: () => this.sessions.delete(id),
    });
    this.sessions.set(id, session);
    if (this.isFinishing) session.finish();
  };

  readonly getServerInfo: handleUnaryCall<Buffer, Uint8Array> = (_call, callback) => {
    try {
      callback(null, this.encodeInfo());
    } catch (error) {
      callback(statusOf(PairstreamError.from(error)));
    }
  };

  private async answerUnary(
    call: ServerUnaryCall<Buffer, Uint8Array>,
    callback: sendUnaryData<Uint8Array>,
  ): Promise<void> {
    const controller = new AbortController();
    call.on('cancelled', () => controller.abort());
    const { request } = call;
    const answer = await this.options.handler.answer(request, deadlineMsOf(call), controller.signal);
    // The call keeps its request until the caller has read the answer.
    call.request = NO_BYTES;
    this.options.onAnswered(request, answer.error === undefined ? answer.bytes.length : 0);
    if (answer.error === undefined) callback(null, answer.bytes);
    else callback(statusOf(answer.error));
  }

  private encodeInfo(): Uint8Array {
    const { serverVersion, maxMessageBytes } = this.options;
    const info = this.options.info();
    return PAIRSTREAM_MESSAGES.encode('pairstream.v1.GetServerInfoResponse', {
      serverVersion,
      releaseId: info.releaseId,
      pipeline: info.pipelineName,
      targets: TARGETS,
      models: info.models.map(({ name, version, contentSha256, engine }) => ({
        name,
        version,
        contentSha256,
        engine,
      })),
      backend: info.backendName,
      maxPairsPerMessage: info.maxPairsPerMessage,
      maxMessageBytes,
      vocabularySize: info.vocabularySize,
      explainBytesPerPair: info.explanationSize.bytesPerPair,
      explainBaseBytes: info.explanationSize.baseBytes,
      rungs: info.rungs.map(({ name, rce }) => ({ name, ...(rce === null ? {} : { rce }) })),
    });
  }

  /** Number of open streams. */
  get streamCount(): number {
    return this.sessions.size;
  }

  /** Open streams with ids above `afterId`, the oldest first, at most `limit`. */
  listStreams(afterId: number, limit: number): OpenStream[] {
    const streams: OpenStream[] = [];
    for (const [id, session] of this.sessions) {
      if (streams.length === limit) break;
      if (id > afterId) streams.push({ id, method: METHOD.PredictStream.path, ...session.state });
    }
    return streams;
  }

  /**
   * Stops reading a stream, and ends it with STREAM_CLOSED when its requests in flight are answered.
   * @returns the stream before it was closed
   * @throws PairstreamError NOT_FOUND
   */
  closeStream(id: number): OpenStream {
    const session = this.sessions.get(id);
    if (session === undefined)
      throw new PairstreamError('NOT_FOUND', `stream: ${id} is not open`, { field: 'stream' });
    const { state } = session;
    session.refuse(new PairstreamError('STREAM_CLOSED', 'an operator closed the stream: open a new one'));
    return { id, method: METHOD.PredictStream.path, ...state };
  }

  /** Ends every stream when its requests in flight are answered. Resolves when all streams have ended. */
  async finishStreams(): Promise<void> {
    this.isFinishing = true;
    await Promise.all(
      [...this.sessions.values()].map((session) => {
        session.finish();
        return session.closed;
      }),
    );
  }
}

function deadlineMsOf(call: Pick<ServerUnaryCall<unknown, unknown>, 'getDeadline'>): number {
  const deadline = call.getDeadline();
  return performance.now() + (Number(deadline) - Date.now());
}
