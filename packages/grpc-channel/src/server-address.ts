import { isIPv4, isIPv6 } from 'node:net';

/** Address of a server, parsed from a target. */
export interface ServerAddress {
  /** Value of the header `:authority`. */
  readonly authority: string;
  /** Host and port, or path of a Unix domain socket. */
  readonly endpoint: HostAndPort | { readonly path: string };
}

/** Host without brackets, and port. */
export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

const SCHEME_AND_REST = /^(dns|ipv4|ipv6|unix|unix-abstract):(.+)$/;
/** An IPv6 address in brackets, or a name or IPv4 address; then a port. */
const HOST_AND_PORT = /^(?:\[([^\s[\]]+)\]|([^\s:/[\],]+)):(\d{1,5})$/;
const LAST_PORT = 65_535;
/** Authority of calls over Unix domain sockets, as in other gRPC clients. */
const LOCAL_AUTHORITY = 'localhost';

/**
 * Parses a target: `host:port`, or a name with a scheme of gRPC: `dns:host:port`, `dns:///host:port`, `ipv4:address:port`,
 * `ipv6:[address]:port`, `unix:path`, `unix:///path`, `unix-abstract:name`. A port is required. Lists of addresses and DNS
 * servers (`dns://server/host:port`) are not supported.
 * @returns undefined for any other text
 */
export function parseTarget(target: string): ServerAddress | undefined {
  const [, scheme, rest = ''] = SCHEME_AND_REST.exec(target) ?? [];
  switch (scheme) {
    case 'unix':
      return unixAddress(rest);
    case 'unix-abstract':
      return { authority: LOCAL_AUTHORITY, endpoint: { path: `\0${rest}` } };
    case 'ipv4':
      return tcpAddress(rest, isIPv4);
    case 'ipv6':
      return tcpAddress(rest, isIPv6);
    case 'dns':
      // A host may be called dns.
      return tcpAddress(rest.replace(/^\/\/\//, '')) ?? tcpAddress(target);
    case undefined:
    default:
      return tcpAddress(target);
  }
}

function unixAddress(rest: string): ServerAddress | undefined {
  const path = rest.startsWith('///') ? rest.slice(2) : rest;
  return path.startsWith('//') ? undefined : { authority: LOCAL_AUTHORITY, endpoint: { path } };
}

function tcpAddress(text: string, isHost: (host: string) => boolean = () => true): ServerAddress | undefined {
  const endpoint = parseHostAndPort(text);
  return endpoint !== undefined && isHost(endpoint.host) ? { authority: text, endpoint } : undefined;
}

/**
 * Parses `host:port`. The host is a name, an IPv4 address, or an IPv6 address in brackets; the port is from 1 to 65535.
 * @returns undefined for any other text
 */
export function parseHostAndPort(text: string): HostAndPort | undefined {
  const [, bracketed, plain, digits] = HOST_AND_PORT.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  const isValid =
    host !== undefined && (bracketed === undefined || isIPv6(bracketed)) && port >= 1 && port <= LAST_PORT;
  return isValid ? { host, port } : undefined;
}
