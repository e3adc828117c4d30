import {
  Metadata,
  type ServerInterceptor,
  ServerInterceptingCall,
  status,
  type StatusObject,
} from '@grpc/grpc-js';
import type { ServerHttp2Stream } from 'node:http2';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import { shownField } from '../../../errors/shown-field.js';
import type { CallerAccount } from '../../../concurrency/caller-accounts.js';
import { statusOf } from '../encode/call-status.js';
import type { IdentifiedCalls } from './identified-calls.js';
import { missingLibraryPart } from './library-parts.js';
import { FRAME_HEAD_BYTES, MessageFraming } from './message-framing.js';
import type { MessageBudget } from './message-budget.js';
import type { MessageLeases } from './message-leases.js';
import type { ReceivingCall, UnfinishedMessages } from './unfinished-messages.js';
import { DECOMPRESSOR_BYTES, isCompression, unpack } from './unpacking.js';

/** Most bytes of a message to the health and the reflection service. */
const SIDE_SERVICE_MESSAGE_BYTES = 65_536;

/**
 * Parts of the class BaseServerInterceptingCall of grpc-js 1.14 (server-interceptors.js) that are replaced, because grpc-js has
 * no hook before a message is assembled and unpacked: it bounds each message, but not all of them together.
 */
interface BaseCall {
  readonly stream: ServerHttp2Stream;
  readonly incomingEncoding: string;
  handleDataFrame(data: Buffer): void;
  handleEndEvent(): void;
  decompressMessage(message: Buffer, encoding: string): Promise<Buffer> | Buffer;
  sendStatus(status: Partial<StatusObject>): void;
}

/** Limits and observers that all metered calls share. */
export interface CallMetering {
  readonly budget: MessageBudget;
  readonly leases: MessageLeases;
  /** Accounts of the callers that bytes are counted for. */
  readonly calls: IdentifiedCalls;
  readonly unfinished: UnfinishedMessages;
  readonly maxMessageBytes: number;
  /** Called when a call is refused for its messages. */
  readonly onRefused: (error: PairstreamError) => void;
}

/**
 * Interceptor that takes the bytes of a call from the budget before grpc-js keeps them, and refuses frames that are no gRPC.
 * @param isPairService true for methods whose handler releases the lease of each message
 */
export function meterCalls(
  metering: CallMetering,
  isPairService: (path: string) => boolean,
): ServerInterceptor {
  return ({ path }, call) => {
    if (!isBaseCall(call)) throw missingLibraryPart('BaseServerInterceptingCall.handleDataFrame');
    const isPairCall = isPairService(path);
    const { maxMessageBytes } = metering;
    const limits = isPairCall
      ? metering
      : { ...metering, maxMessageBytes: Math.min(maxMessageBytes, SIDE_SERVICE_MESSAGE_BYTES) };
    new MeteredCall(call, limits, isPairCall).attach();
    return new ServerInterceptingCall(call);
  };
}

function isBaseCall(call: object): call is BaseCall {
  return (
    ['handleDataFrame', 'handleEndEvent', 'decompressMessage', 'sendStatus'].every(
      (name) => typeof Reflect.get(call, name) === 'function',
    ) &&
    'stream' in call &&
    'incomingEncoding' in call
  );
}

class MeteredCall implements ReceivingCall {
  private readonly framing: MessageFraming;
  /** Bytes of frames that are not whole messages yet, or wait for their unpacking, and of unpacking in progress. */
  private heldBytes = 0;
  private isOver = false;
  private readonly caller: CallerAccount | undefined;

  constructor(
    private readonly call: BaseCall,
    private readonly metering: CallMetering,
    private readonly keepsLeases: boolean,
  ) {
    this.framing = new MessageFraming(metering.maxMessageBytes, call.incomingEncoding);
    this.caller = metering.calls.accountOf(call.stream)?.caller;
  }

  get isPaused(): boolean {
    return this.call.stream.isPaused();
  }

  get messageNumber(): number {
    return this.framing.unfinishedMessage ?? 0;
  }

  /** Replaces the methods of the call. */
  attach(): void {
    const { call } = this;
    const handleDataFrame = call.handleDataFrame.bind(call);
    const handleEndEvent = call.handleEndEvent.bind(call);
    call.handleDataFrame = (data) => {
      if (this.passes(() => this.receive(data))) handleDataFrame(data);
    };
    call.handleEndEvent = () => {
      if (this.passes(() => this.framing.end())) handleEndEvent();
    };
    call.decompressMessage = (framed, encoding) => this.open(framed, encoding);
    call.stream.once('close', () => this.release());
  }

  private passes(step: () => void): boolean {
    if (this.isOver) return false;
    try {
      step();
      return true;
    } catch (thrown) {
      this.refuse(PairstreamError.from(thrown));
      return false;
    }
  }

  /** Ends the call with a status and gives its bytes back. */
  refuse(error: PairstreamError): void {
    this.metering.onRefused(error);
    this.call.sendStatus(statusOf(error));
    this.release();
  }

  private receive(data: Buffer): void {
    this.take(data.length);
    const earlier = this.framing.unfinishedMessage;
    this.framing.receive(data);
    const { unfinishedMessage } = this.framing;
    if (unfinishedMessage === undefined) this.metering.unfinished.end(this);
    else if (unfinishedMessage !== earlier) this.metering.unfinished.begin(this);
  }

  private take(byteCount: number): void {
    const { budget, unfinished } = this.metering;
    while (!budget.hasRoom(byteCount, this.heldBytes) && unfinished.endOldest(this));
    budget.take(byteCount, this.heldBytes, this.caller);
    this.heldBytes += byteCount;
  }

  private give(byteCount: number): void {
    // Everything was given back when the call ended.
    if (this.isOver) return;
    this.heldBytes -= byteCount;
    this.metering.budget.give(byteCount, this.caller);
  }

  private release(): void {
    this.give(this.heldBytes);
    this.isOver = true;
    this.metering.unfinished.end(this);
    this.metering.leases.endCall(this.call.stream);
  }

  private open(framed: Buffer, encoding: string): Buffer | Promise<Buffer> {
    const message = framed.subarray(FRAME_HEAD_BYTES);
    if (encoding !== 'identity') return this.unpack(framed.length, message, encoding);
    this.keep(message, framed.length);
    return message;
  }

  /** Moves the bytes of a whole message from the call to a lease, which the handler releases. */
  private keep(message: Buffer, heldBytes: number): void {
    if (this.isOver) return;
    if (!this.keepsLeases) return this.give(heldBytes);
    this.heldBytes -= heldBytes;
    this.metering.leases.add(this.call.stream, message, heldBytes, this.caller);
  }

  private async unpack(framedBytes: number, packed: Buffer, encoding: string): Promise<Buffer> {
    let unpackedBytes = 0;
    try {
      if (!isCompression(encoding)) throw unsupported(encoding);
      this.take(DECOMPRESSOR_BYTES);
      const message = await unpack(packed, encoding, this.metering.maxMessageBytes, (byteCount) => {
        if (this.isOver) throw new PairstreamError('CANCELLED', 'the call is over');
        this.take(byteCount);
        unpackedBytes += byteCount;
      });
      this.give(framedBytes + DECOMPRESSOR_BYTES);
      this.keep(message, unpackedBytes);
      return message;
    } catch (thrown) {
      // grpc-js sends what is thrown here as the status of the call.
      if (!(thrown instanceof PairstreamError)) throw thrown;
      if (!this.isOver) this.metering.onRefused(thrown);
      this.release();
      throw statusOf(thrown);
    }
  }
}

function unsupported(encoding: string): Error & StatusObject {
  const metadata = new Metadata();
  metadata.set('grpc-accept-encoding', 'identity,deflate,gzip');
  const details = `grpc-encoding: ${shownField(encoding)}, expected identity, deflate or gzip`;
  return Object.assign(new Error(details), { code: status.UNIMPLEMENTED, details, metadata });
}
