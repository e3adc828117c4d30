import type { ServerHttp2Stream } from 'node:http2';
import type { CallerAccount } from '../../../concurrency/caller-accounts.js';
import type { MessageBudget } from './message-budget.js';

interface Lease {
  readonly stream: ServerHttp2Stream;
  readonly byteCount: number;
  readonly caller: CallerAccount | undefined;
}

/** Bytes of whole messages that wait for their answer: taken from the budget until the message is answered or its call ends. */
export class MessageLeases {
  private readonly leaseOfMessage = new WeakMap<Uint8Array, Lease>();
  private readonly leasesOfCall = new WeakMap<ServerHttp2Stream, Set<Lease>>();

  constructor(private readonly budget: MessageBudget) {}

  /** Holds bytes that are taken from the budget already. @param caller that the bytes are counted for */
  add(stream: ServerHttp2Stream, message: Uint8Array, byteCount: number, caller?: CallerAccount): void {
    const lease = { stream, byteCount, caller };
    this.leaseOfMessage.set(message, lease);
    const ofCall = this.leasesOfCall.get(stream);
    if (ofCall === undefined) this.leasesOfCall.set(stream, new Set([lease]));
    else ofCall.add(lease);
  }

  /** HTTP/2 stream of the call that a message came with; undefined if the message has no lease. */
  streamOf(message: Uint8Array): ServerHttp2Stream | undefined {
    return this.leaseOfMessage.get(message)?.stream;
  }

  /** Gives the bytes of a message back; no effect when its call has ended. */
  release(message: Uint8Array): void {
    const lease = this.leaseOfMessage.get(message);
    if (lease !== undefined && this.leasesOfCall.get(lease.stream)?.delete(lease) === true)
      this.budget.give(lease.byteCount, lease.caller);
  }

  /** Gives back the bytes of every message of a call. */
  endCall(stream: ServerHttp2Stream): void {
    for (const { byteCount, caller } of this.leasesOfCall.get(stream) ?? [])
      this.budget.give(byteCount, caller);
    this.leasesOfCall.delete(stream);
  }
}
