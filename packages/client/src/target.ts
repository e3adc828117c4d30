import { parseTarget } from '@pairstream/grpc-channel';

/** True for `host:port`, and for a name with a scheme of gRPC (`dns:///host:port`, `unix:path`). */
export function isTarget(target: unknown): target is string {
  return typeof target === 'string' && parseTarget(target) !== undefined;
}
