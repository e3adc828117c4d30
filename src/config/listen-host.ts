import { isIP, isIPv6 } from 'node:net';

/** Labels of letters, digits, `-` and `_`, separated by dots. */
const HOST_NAME = /^(?=.{1,253}$)\w([\w-]{0,61}\w)?(\.\w([\w-]{0,61}\w)?)*\.?$/;
/** Four numbers that are not an IPv4 address are a mistake, not a name. */
const NUMBERS_AND_DOTS = /^[\d.]+$/;
const BRACKETED = /^\[(.+)\]$/;

/**
 * Parses the host that a port listens on: an IPv4 address, an IPv6 address with or without brackets, or a host name.
 * @returns the host without brackets; undefined for anything else (a URL, a host with a port)
 */
export function parseListenHost(text: string): string | undefined {
  const bracketed = BRACKETED.exec(text)?.[1];
  if (bracketed !== undefined) return isIPv6(bracketed) ? bracketed : undefined;
  if (isIP(text) !== 0) return text;
  return HOST_NAME.test(text) && !NUMBERS_AND_DOTS.test(text) ? text : undefined;
}

/**
 * A host and a port as one text: `127.0.0.1:50051`, `[::1]:50051`.
 * @param host without brackets
 */
export function hostAndPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * The host to call a server by that listens on `host`. A wildcard address is valid for listening, not for connecting: it
 * becomes the loopback address of its family.
 * @param host without brackets
 */
export function callableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return isIPv6(host) && /^[0:]+$/.test(host) ? '::1' : host;
}
