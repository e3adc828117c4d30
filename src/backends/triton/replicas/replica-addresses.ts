import { promises as dns } from 'node:dns';
import { isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerAddress } from '../../../config/server-address.js';
import { PairstreamError } from '../../../errors/pairstream-error.js';

/**
 * Every replica that the addresses stand for now.
 * @returns host:port, each once
 * @throws PairstreamError BACKEND_UNAVAILABLE for a name that has no address
 */
export async function resolveReplicas(addresses: readonly ServerAddress[]): Promise<string[]> {
  const targets = await Promise.all(
    addresses.map(async ({ host, port, isName }) => {
      if (!isName) return [join(host, port)];
      try {
        return (await dns.lookup(host, { all: true })).map(({ address }) => join(address, port));
      } catch (error) {
        throw new PairstreamError('BACKEND_UNAVAILABLE', `${host}: the name has no address`, {
          cause: error,
        });
      }
    }),
  );
  return [...new Set(targets.flat())];
}

/** Asks for names again and again, and tells what they stand for; a name that cannot be asked for keeps its replicas. */
export async function watchReplicas(
  addresses: readonly ServerAddress[],
  intervalMs: number,
  signal: AbortSignal,
  onTargets: (targets: readonly string[]) => void,
): Promise<void> {
  if (!addresses.some(({ isName }) => isName)) return;
  while (!signal.aborted) {
    await sleep(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
    const targets = await resolveReplicas(addresses).catch(() => undefined);
    if (targets !== undefined && !signal.aborted) onTargets(targets);
  }
}

function join(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
