/** Address of one server, or of all servers behind a name. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** True if each address of the name is a server, and the name is resolved again at an interval. */
  readonly isName: boolean;
}

const DNS_PREFIX = 'dns:///';
const LAST_PORT = 65_535;
/** An IPv6 address in brackets, or a name or IPv4 address; then a port. */
const HOST_AND_PORT = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/;

/**
 * Reads a list of servers, separated by commas: `host:port`, or `dns:///host:port` for a name with many addresses.
 * @returns undefined when it is none
 */
export function parseServerAddresses(text: string): readonly ServerAddress[] | undefined {
  const addresses = text.split(',').map((part) => parseAddress(part.trim()));
  return addresses.every((address) => address !== undefined) ? addresses : undefined;
}

function parseAddress(text: string): ServerAddress | undefined {
  const isName = text.startsWith(DNS_PREFIX);
  const [, bracketed, plain, digits] =
    HOST_AND_PORT.exec(isName ? text.slice(DNS_PREFIX.length) : text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  return host === undefined || port < 1 || port > LAST_PORT ? undefined : { host, port, isName };
}
