/** Most callers that have an account of their own. Further callers share one account, as if they were one caller. */
export const MAX_CALLERS = 4_096;

/** Name of the account that callers beyond the bound share. */
const OTHERS = 'others';

/** Units that one caller holds in this thread, over all of its calls. */
export class CallerAccount {
  /** Pairs in flight. */
  pairCount = 0;
  /** Bytes of received messages. */
  byteCount = 0;
  /** Open calls. */
  callCount = 0;

  /** @param name as errors show it, for instance an address */
  constructor(readonly name: string) {}
}

/** Units that one call holds. */
export class CallAccount {
  /** Pairs in flight. */
  pairCount = 0;

  constructor(readonly caller: CallerAccount) {}
}

/** Accounts of the callers with open calls. A caller without an open call has no account. */
export class CallerAccounts {
  private readonly accounts = new Map<string, CallerAccount>();
  private readonly others = new CallerAccount(OTHERS);

  /** @param limit most accounts */
  constructor(readonly limit = MAX_CALLERS) {}

  /** Number of callers with an account of their own. */
  get count(): number {
    return this.accounts.size;
  }

  /** Opens a call of a caller. */
  open(name: string): CallAccount {
    const caller = this.accountOf(name);
    caller.callCount += 1;
    return new CallAccount(caller);
  }

  /** Ends a call. To be called once for each call. */
  close({ caller }: CallAccount): void {
    caller.callCount -= 1;
    if (caller.callCount === 0 && this.accounts.get(caller.name) === caller)
      this.accounts.delete(caller.name);
  }

  private accountOf(name: string): CallerAccount {
    const known = this.accounts.get(name);
    if (known !== undefined) return known;
    if (this.accounts.size >= this.limit) return this.others;
    const account = new CallerAccount(name);
    this.accounts.set(name, account);
    return account;
  }
}
