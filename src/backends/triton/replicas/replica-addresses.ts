import { promises as dns } from 'node:dns';
import { setTimeout as sleep } from 'node:timers/promises';
import { hostAndPort } from '../../../config/listen-host.js';
import type { ServerAddress } from '../../../config/server-address.js';
import { PairstreamError } from '../../../errors/pairstream-error.js';

/** Addresses of the replicas behind a list of servers and names. If DNS returns no address, the previous ones stay in use. */
export class ReplicaAddresses {
  private readonly known = new Map<ServerAddress, string[]>();

  constructor(private readonly addresses: readonly ServerAddress[]) {}

  /**
   * Resolves all names.
   * @returns host:port, each once
   * @throws PairstreamError BACKEND_UNAVAILABLE if there is no address at all, for a name without an address
   */
  async resolve(): Promise<string[]> {
    const errors: unknown[] = [];
    await Promise.all(
      this.addresses.map(async (address) => {
        try {
          this.known.set(address, await targetsOf(address));
        } catch (error) {
          errors.push(error);
        }
      }),
    );
    const targets = [...new Set([...this.known.values()].flat())];
    if (targets.length > 0) return targets;
    throw PairstreamError.from(errors[0]);
  }

  /** Resolves all names at an interval, and reports the addresses. */
  async watch(
    intervalMs: number,
    signal: AbortSignal,
    onTargets: (targets: readonly string[]) => void,
  ): Promise<void> {
    if (!this.addresses.some(({ isName }) => isName)) return;
    while (!signal.aborted) {
      await sleep(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
      const targets = await this.resolve().catch(() => undefined);
      if (targets !== undefined && !signal.aborted) onTargets(targets);
    }
  }
}

async function targetsOf({ host, port, isName }: ServerAddress): Promise<string[]> {
  if (!isName) return [hostAndPort(host, port)];
  try {
    return (await dns.lookup(host, { all: true })).map(({ address }) => hostAndPort(address, port));
  } catch (error) {
    throw new PairstreamError('BACKEND_UNAVAILABLE', `${host}: the name has no address`, { cause: error });
  }
}
