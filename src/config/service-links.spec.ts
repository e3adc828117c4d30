import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.js';

/** What Kubernetes sets in every pod of a namespace with a Service of this name on TCP port 50051, its port named `grpc`. */
function serviceLinks(service: string): Record<string, string> {
  return {
    [`${service}_SERVICE_HOST`]: '10.0.0.1',
    [`${service}_SERVICE_PORT`]: '50051',
    [`${service}_SERVICE_PORT_GRPC`]: '50051',
    [`${service}_PORT`]: 'tcp://10.0.0.1:50051',
    [`${service}_PORT_50051_TCP`]: 'tcp://10.0.0.1:50051',
    [`${service}_PORT_50051_TCP_PROTO`]: 'tcp',
    [`${service}_PORT_50051_TCP_PORT`]: '50051',
    [`${service}_PORT_50051_TCP_ADDR`]: '10.0.0.1',
    [`${service}_PORT_9_UDP`]: 'udp://[fd00::1]:9',
  };
}

describe('service links of Kubernetes', () => {
  it.each(['PAIRSTREAM', 'PAIRSTREAM_GRPC', 'PAIRSTREAM_ADMIN', 'PAIRSTREAM_FEED_V2'])(
    'of a Service %s are no settings',
    (service) => {
      expect(loadConfig(serviceLinks(service))).toEqual(loadConfig({}));
    },
  );

  it('hide no setting and no mistake', () => {
    expect(loadConfig({ ...serviceLinks('PAIRSTREAM'), PAIRSTREAM_GRPC_PORT: '50061' }).grpcPort).toBe(
      50_061,
    );
    expect(() => loadConfig({ PAIRSTREAM_PORT: '50061' })).toThrow(
      /^PAIRSTREAM_PORT: no such setting, did you mean/,
    );
    expect(() => loadConfig({ PAIRSTREAM_ADMIN_PORT: 'http://x:1' })).toThrow(
      'PAIRSTREAM_ADMIN_PORT: "http://x:1", expected a whole number',
    );
  });
});
