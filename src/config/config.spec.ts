import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.js';
import { SETTINGS } from './settings.js';

describe('loadConfig', () => {
  it('has a valid default for every setting', () => {
    expect(loadConfig({ PATH: '/bin' })).toMatchObject({
      grpcPort: 50_051,
      adminPort: 8_080,
      logLevel: 'info',
    });
    expect(Object.keys(loadConfig({}))).toEqual(Object.keys(SETTINGS));
  });

  it('takes values from the environment', () => {
    expect(loadConfig({ PAIRSTREAM_GRPC_PORT: '0', PAIRSTREAM_HOST: '0.0.0.0' })).toMatchObject({
      grpcPort: 0,
      host: '0.0.0.0',
    });
  });

  it('lists every problem: variable, value, what was expected', () => {
    const environment = {
      PAIRSTREAM_GRPC_PORT: '70000',
      PAIRSTREAM_LOG_LEVEL: 'loud',
      PAIRSTREAM_GRPC_PROT: '1',
    };
    expect(() => loadConfig(environment)).toThrow(
      /PAIRSTREAM_GRPC_PROT: no such setting.*PAIRSTREAM_GRPC_PORT: "70000", expected a whole number from 0 to 65535.*PAIRSTREAM_LOG_LEVEL: "loud", expected one of info/,
    );
  });

  it('refuses bounds that contradict each other', () => {
    expect(() => loadConfig({ PAIRSTREAM_MAX_IN_FLIGHT_PAIRS: '10' })).toThrow(
      'PAIRSTREAM_MAX_IN_FLIGHT_PAIRS: 10, expected at least PAIRSTREAM_MAX_PAIRS_PER_MESSAGE (100000)',
    );
  });

  it('refuses certificates without TLS', () => {
    const environment = { PAIRSTREAM_TRITON_TLS_CA: 'ca.pem', PAIRSTREAM_TRITON_TLS_KEY: 'key.pem' };
    expect(() => loadConfig(environment)).toThrow(
      'PAIRSTREAM_TRITON_TLS_CA: "ca.pem", expected PAIRSTREAM_TRITON_TLS=on with it; PAIRSTREAM_TRITON_TLS_KEY: "key.pem", expected',
    );
    expect(loadConfig({ ...environment, PAIRSTREAM_TRITON_TLS: 'on' }).tritonTlsCa).toBe('ca.pem');
  });
});
