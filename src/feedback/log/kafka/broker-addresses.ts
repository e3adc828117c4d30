import { isIPv6 } from 'node:net';

/**
 * Addresses of the brokers, in the order in which a client asks them for the layout of the cluster. A client passes over a broker that
 * refuses its connection, and waits for one that accepts it and never answers. That broker is moved to the end.
 */
export class BrokerAddresses {
  private ordered: readonly string[];

  /** @param settings addresses of the settings */
  constructor(private readonly settings: readonly string[]) {
    this.ordered = settings;
  }

  /** host:port of each broker, the first to ask first. */
  get inOrder(): readonly string[] {
    return this.ordered;
  }

  /** Notes all brokers of the cluster. Brokers that have left are asked no more, unless the settings name them. */
  learn(brokers: Iterable<{ readonly host: string; readonly port: number }>): void {
    const known = new Set(this.settings);
    for (const { host, port } of brokers) known.add(isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`);
    const kept = this.ordered.filter((address) => known.delete(address));
    this.ordered = [...kept, ...known];
  }

  /** Moves an address to the end if it is still the first. @param address the first of the client that has failed */
  rotate(address: string | undefined): void {
    const [first, ...others] = this.ordered;
    if (first !== undefined && first === address) this.ordered = [...others, first];
  }
}
