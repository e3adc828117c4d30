import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { CallAccount, CallerAccounts } from '../../../concurrency/caller-accounts.js';
import type { CallerIdentity } from './caller-identity.js';

/** Accounts of the open calls, by their HTTP/2 stream. */
export class IdentifiedCalls {
  private readonly accountOfStream = new WeakMap<ServerHttp2Stream, CallAccount>();

  constructor(
    private readonly identity: CallerIdentity,
    readonly accounts: CallerAccounts,
  ) {}

  /** Opens the account of a call until its stream is closed. */
  open(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const account = this.accounts.open(this.identity.callerOf(stream, headers));
    this.accountOfStream.set(stream, account);
    stream.once('close', () => this.accounts.close(account));
  }

  /** Account of a call; undefined for a call that has none. */
  accountOf(stream: ServerHttp2Stream): CallAccount | undefined {
    return this.accountOfStream.get(stream);
  }
}
