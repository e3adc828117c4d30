/** Schemes of gRPC's names; what follows them is left to gRPC. */
const SCHEME = /^(?:dns|ipv4|ipv6|unix|unix-abstract):/;
/** An IPv6 address in brackets, or a name or IPv4 address; then a port. */
const HOST_AND_PORT = /^(?:\[[^\s[\]]+\]|[^\s:/[\]]+):(\d{1,5})$/;
const LAST_PORT = 65_535;

/**
 * True if gRPC can look for a server there: `host:port`, or a name with a scheme of gRPC (`dns:///host:port`). A host without
 * a port is none: gRPC would take port 443.
 */
export function isTarget(target: unknown): target is string {
  if (typeof target !== 'string') return false;
  const port = Number(HOST_AND_PORT.exec(target)?.[1]);
  return SCHEME.test(target) || (port >= 1 && port <= LAST_PORT);
}
