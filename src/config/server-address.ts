import { type HostAndPort, parseHostAndPort } from '@pairstream/grpc-channel';

/** Address of one server, or of all servers behind a name. */
export interface ServerAddress extends HostAndPort {
  /** True if each address of the name is a server, and the name is resolved again at an interval. */
  readonly isName: boolean;
}

const DNS_PREFIX = 'dns:///';

/**
 * Parses a list of servers, separated by commas: `host:port`, or `dns:///host:port` for a name with many addresses.
 * @returns undefined for any other text
 */
export function parseServerAddresses(text: string): readonly ServerAddress[] | undefined {
  const addresses = text.split(',').map((part) => parseAddress(part.trim()));
  return addresses.every((address) => address !== undefined) ? addresses : undefined;
}

function parseAddress(text: string): ServerAddress | undefined {
  const isName = text.startsWith(DNS_PREFIX);
  const endpoint = parseHostAndPort(isName ? text.slice(DNS_PREFIX.length) : text);
  return endpoint && { ...endpoint, isName };
}
