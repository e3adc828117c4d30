import { once } from 'node:events';
import { lookup } from 'node:dns/promises';
import { createServer, isIP, type Server } from 'node:net';
import { z } from 'zod';
import { listenError } from '../../../config/listen-error.js';
import { PortLock } from './port-lock.js';

/** Address of a port. */
export interface PortAddress {
  /** Host name or IP address; an IPv6 address has no brackets. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

const addressSchema = z.object({ port: z.number() });

/** A port that this process alone may share among its threads. */
export class PortReservation implements Disposable {
  /** Use `reservePort`. */
  constructor(
    readonly port: number,
    private readonly locks: readonly PortLock[],
  ) {}

  /** Lets another process reserve the port. */
  [Symbol.dispose](): void {
    for (const lock of this.locks) lock[Symbol.dispose]();
  }
}

/**
 * Reserves a port on every address of the host, before the threads of this process share it (SO_REUSEPORT): a second gateway could share
 * it, too, without anyone noticing. Locks keep other gateways away that start at the same time. A listener of this thread alone, which
 * is closed again, finds gateways and other programs that have the port.
 * @returns a free port for port 0. The caller disposes of the reservation when the threads no longer listen
 * @throws PairstreamError PORT_IN_USE, INVALID_CONFIG for a host or port that cannot be listened on
 */
export async function reservePort({ host, port }: PortAddress): Promise<PortReservation> {
  const locks: PortLock[] = [];
  const probes: Server[] = [];
  let bound = port;
  try {
    for (const address of await addressesOf(host)) {
      if (bound !== 0) locks.push(await PortLock.take(address, bound));
      const probe = createServer();
      probes.push(probe);
      probe.listen({ host: address, port: bound });
      await once(probe, 'listening');
      if (bound === 0) locks.push(await PortLock.take(address, portOf(probe)));
      bound = portOf(probe);
    }
    return new PortReservation(bound, locks);
  } catch (error) {
    for (const lock of locks) lock[Symbol.dispose]();
    throw listenError({ host, port, setting: 'grpcPort' }, error);
  } finally {
    await Promise.all(probes.map((probe) => new Promise((resolve) => void probe.close(resolve))));
  }
}

/** IP addresses of a host. @throws the error of dns.lookup */
export async function addressesOf(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  return [...new Set((await lookup(host, { all: true })).map(({ address }) => address))];
}

/** The port that a TCP server listens on. */
export function portOf(server: Server): number {
  return addressSchema.parse(server.address()).port;
}
