import { once } from 'node:events';
import { lookup } from 'node:dns/promises';
import { createServer, isIP, type Server } from 'node:net';
import { z } from 'zod';
import { listenError } from '../../../config/listen-error.js';

/** Address of a port. */
export interface PortAddress {
  /** Host name or IP address; an IPv6 address has no brackets. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

const addressSchema = z.object({ port: z.number() });

/**
 * Finds out whether a port is free on every address of the host, before the threads of this process share it: a second gateway could
 * share it, too, without anyone noticing.
 * @returns the port; a free one for port 0
 * @throws PairstreamError PORT_IN_USE, INVALID_CONFIG for a host or port that cannot be listened on
 */
export async function reservePort({ host, port }: PortAddress): Promise<number> {
  const probes: Server[] = [];
  let bound = port;
  try {
    for (const address of await addressesOf(host)) {
      const probe = createServer();
      probes.push(probe);
      probe.listen({ host: address, port: bound });
      await once(probe, 'listening');
      bound = portOf(probe);
    }
    return bound;
  } catch (error) {
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
