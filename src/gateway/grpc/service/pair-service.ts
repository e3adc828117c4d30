import {
  type handleUnaryCall,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
} from '@grpc/grpc-js';
import type { PredictorInfo } from '../../../scoring/predictor.js';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import type { Feedback } from '../../../feedback/feedback.js';
import { TARGETS } from '../../../pairs/targets.js';
import type { Telemetry } from '../../../telemetry/telemetry.js';
import { type FeedbackInfo, METHOD, PAIRSTREAM_MESSAGES } from '@pairstream/client/wire';
import type { MessageFields } from '@pairstream/grpc-channel';
import { callError, statusOf } from '../encode/call-status.js';
import type { WorkerSeat } from '../../../concurrency/worker-seat.js';
import { type FeedbackHandler, MAX_EVENTS_PER_REQUEST } from './feedback-handler.js';
import { feedbackOff } from './feedback-off.js';
import type { Caller } from '../../../security/caller.js';
import { callerOf, isStillValid, type ServiceCallers } from './call-caller.js';
import type { MessageHandler } from './message-handler.js';
import {
  type BytesStream,
  StreamSession,
  type StreamSessionOptions,
  type StreamState,
} from './stream-session.js';

/** The part of the service that takes feedback. */
export interface FeedbackService {
  readonly handler: FeedbackHandler;
  readonly feedback: Feedback;
}

/** Dependencies and limits of the service. */
export interface PairServiceOptions {
  readonly handler: MessageHandler;
  /** Undefined: the gateway takes no feedback. */
  readonly feedback?: FeedbackService | undefined;
  readonly telemetry: Telemetry;
  /** Returns release and limits. @throws PairstreamError NOT_READY */
  readonly info: () => PredictorInfo;
  readonly serverVersion: string;
  readonly maxMessageBytes: number;
  readonly maxMessagesPerStream: number;
  /** Account of the call that a request came with; see StreamSessionOptions. */
  readonly accountOf: StreamSessionOptions['accountOf'];
  /** Called for each answered request; see StreamSessionOptions. */
  readonly onAnswered: StreamSessionOptions['onAnswered'];
  /** Undefined: there is no authentication. */
  readonly callers?: ServiceCallers | undefined;
  /** This thread among the worker threads of the gateway. */
  readonly seat: WorkerSeat;
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
  feedback: { path: METHOD.Feedback.path, requestStream: true, responseStream: true, ...bytesMethod },
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
  /** Number of the stream in the gateway, from 1. Of two streams of one worker thread, the older one has the lower number. */
  readonly id: number;
  /** Path of the gRPC method. */
  readonly method: string;
}

interface OpenSession {
  readonly session: StreamSession;
  readonly method: string;
  readonly caller: Caller | undefined;
}

/** Handlers of pairstream.v1.PairService. */
export class PairService {
  /** Open streams by id, the oldest first. */
  private readonly sessions = new Map<number, OpenSession>();
  private openedCount = 0;
  private isFinishing = false;

  constructor(private readonly options: PairServiceOptions) {}

  readonly predict: handleUnaryCall<Buffer, Uint8Array> = (call, callback) => {
    void this.answerUnary(call, callback);
  };

  readonly predictStream = (call: BytesStream): void => {
    this.openSession(call, METHOD.PredictStream.path, this.options.handler);
  };

  readonly feedback = (call: BytesStream): void => {
    const { feedback } = this.options;
    if (feedback !== undefined) this.openSession(call, METHOD.Feedback.path, feedback.handler);
    else call.emit('error', callError(feedbackOff('Feedback')));
  };

  private openSession(call: BytesStream, method: string, handler: MessageHandler): void {
    const { telemetry, maxMessagesPerStream: maxRequests, accountOf, onAnswered } = this.options;
    const { index, count } = this.options.seat;
    const id = this.openedCount * count + index + 1;
    this.openedCount += 1;
    const caller = callerOf(call, this.options.callers);
    const session = new StreamSession(call, {
      handler,
      caller,
      telemetry,
      maxRequests,
      callDeadlineMs: deadlineMsOf(call),
      accountOf,
      onAnswered,
      onClosed: () => this.sessions.delete(id),
    });
    this.sessions.set(id, { session, method, caller });
    if (this.isFinishing) session.finish();
  }

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
    const { handler, accountOf, callers } = this.options;
    const answer = await handler.answer(
      request,
      deadlineMsOf(call),
      controller.signal,
      accountOf(request),
      callerOf(call, callers),
    );
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
      feedback: feedbackInfo(this.options.feedback?.feedback),
      workerCount: this.options.seat.count,
      workerIndex: this.options.seat.index,
    });
  }

  /** Number of open streams. */
  get streamCount(): number {
    return this.sessions.size;
  }

  /** Open streams with ids above `afterId`, the oldest first, at most `limit`. */
  listStreams(afterId: number, limit: number): OpenStream[] {
    const streams: OpenStream[] = [];
    for (const [id, { session, method }] of this.sessions) {
      if (streams.length === limit) break;
      if (id > afterId) streams.push({ id, method, ...session.state });
    }
    return streams;
  }

  /**
   * Stops reading a stream, and ends it with STREAM_CLOSED when its requests in flight are answered.
   * @returns the stream before it was closed
   * @throws PairstreamError NOT_FOUND
   */
  closeStream(id: number): OpenStream {
    const open = this.sessions.get(id);
    if (open === undefined)
      throw new PairstreamError('NOT_FOUND', `stream: ${id} is not open`, { field: 'stream' });
    const { session, method } = open;
    const { state } = session;
    session.refuse(new PairstreamError('STREAM_CLOSED', 'an operator closed the stream: open a new one'));
    return { id, method, ...state };
  }

  /** Ends the streams of callers whose entry has expired or was revoked, with UNAUTHENTICATED, when their requests in flight are answered. */
  endStreamsOfInvalid(): void {
    for (const { session, caller } of this.sessions.values()) {
      if (isStillValid(caller, this.options.callers)) continue;
      session.refuse(
        new PairstreamError('UNAUTHENTICATED', 'authorization: the token has expired or was revoked', {
          field: 'authorization',
        }),
      );
    }
  }

  /** Ends every stream when its requests in flight are answered. Resolves when all streams have ended. */
  async finishStreams(): Promise<void> {
    this.isFinishing = true;
    this.options.feedback?.handler.drain();
    await Promise.all(
      [...this.sessions.values()].map(({ session }) => {
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

function feedbackInfo(feedback: Feedback | undefined): MessageFields<FeedbackInfo> {
  if (feedback === undefined) return { enabled: false };
  const { newestEventS, lagCount, appliedCount, duplicateCount, tooOldCount } = feedback.sink.freshness;
  return {
    enabled: true,
    eventLog: feedback.eventLog,
    keyScheme: feedback.keyScheme,
    newestEventS: Math.floor(newestEventS),
    lag: lagCount,
    appliedCount,
    duplicateCount,
    tooOldCount,
    maxEventsPerRequest: MAX_EVENTS_PER_REQUEST,
  };
}
