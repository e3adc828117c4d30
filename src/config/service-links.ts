/** The names that Kubernetes gives the variables of a Service, behind the Service's own name. */
const LINK_NAME =
  /_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;
/** The value of `NAME_PORT` and `NAME_PORT_50051_TCP`. */
const LINK_URL = /^(tcp|udp|sctp):\/\//;
/** Names that say by themselves that they are links; the others are told by their value. */
const UNMISTAKABLE_NAME = /_SERVICE_(HOST|PORT)(_|$)|_PORT_\d+_(TCP|UDP|SCTP)(_|$)/;

/**
 * True for a variable that Kubernetes sets in every pod for a Service of the same namespace ("service links"). A Service
 * named `pairstream` sets `PAIRSTREAM_PORT=tcp://10.0.0.1:50051`, one named `pairstream-grpc` even `PAIRSTREAM_GRPC_PORT`:
 * these are no settings.
 */
export function isServiceLink(name: string, value: string): boolean {
  return LINK_NAME.test(name) && (LINK_URL.test(value) || UNMISTAKABLE_NAME.test(name));
}
