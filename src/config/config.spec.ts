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

  it('refuses a log that several gateways share without keys and a state folder that they need', () => {
    expect(() => loadConfig({ PAIRSTREAM_EVENT_LOG: 'kafka' })).toThrow(
      /PAIRSTREAM_STATE_DIR: "", expected a folder .*PAIRSTREAM_FEEDBACK_KEYS: "", expected the same keys for all gateways/,
    );
    const environment = {
      PAIRSTREAM_EVENT_LOG: 'kafka',
      PAIRSTREAM_STATE_DIR: 'state',
      PAIRSTREAM_FEEDBACK_KEYS: `7:${'ab'.repeat(16)}`,
    };
    expect(loadConfig(environment)).toMatchObject({ eventLog: 'kafka', stateDir: 'state' });
  });

  it.each([
    [{ BROKERS: 'kafka-1' }, 'PAIRSTREAM_KAFKA_BROKERS: "kafka-1", expected host:port with a port from 1'],
    [{ BROKERS: 'a:9092, b:9092' }, 'PAIRSTREAM_KAFKA_BROKERS: "a:9092, b:9092", expected host:port'],
    [{ BROKERS: 'a:9092,' }, 'PAIRSTREAM_KAFKA_BROKERS: "a:9092,", expected host:port'],
    [{ BROKERS: 'a:99999' }, 'PAIRSTREAM_KAFKA_BROKERS: "a:99999", expected host:port'],
    [{ BROKERS: '::1:9092' }, 'PAIRSTREAM_KAFKA_BROKERS: "::1:9092", expected host:port'],
    [{ TLS_CA: 'ca.pem' }, 'PAIRSTREAM_KAFKA_TLS_CA: "ca.pem", expected PAIRSTREAM_KAFKA_TLS=on with it'],
    [
      { TLS: 'on', TLS_CERTIFICATE: 'c.pem' },
      'PAIRSTREAM_KAFKA_TLS_KEY: "", expected a PEM file with PAIRSTREAM_KAFKA_TLS_CERTIFICATE',
    ],
    [
      { TLS: 'on', TLS_KEY: 'k.pem' },
      'PAIRSTREAM_KAFKA_TLS_CERTIFICATE: "", expected a PEM file with PAIRSTREAM_KAFKA_TLS_KEY',
    ],
    [
      { SASL: 'PLAIN' },
      /PAIRSTREAM_KAFKA_USERNAME: "", expected a user name with PAIRSTREAM_KAFKA_SASL=PLAIN; PAIRSTREAM_KAFKA_PASSWORD: "", expected a password with/,
    ],
    [
      { PASSWORD: 'secret' },
      /PAIRSTREAM_KAFKA_PASSWORD: expected PAIRSTREAM_KAFKA_SASL with it, which is off$/,
    ],
  ])('refuses the settings of Kafka %o', (settings, problem) => {
    const named = Object.entries(settings).map(([name, value]) => [`PAIRSTREAM_KAFKA_${name}`, value]);
    const environment = {
      PAIRSTREAM_EVENT_LOG: 'kafka',
      PAIRSTREAM_STATE_DIR: 'state',
      PAIRSTREAM_FEEDBACK_KEYS: `7:${'ab'.repeat(16)}`,
    };
    expect(() => loadConfig({ ...environment, ...Object.fromEntries(named) })).toThrow(problem);
  });

  it('accepts several brokers, names and addresses', () => {
    const brokers = 'kafka-1:9092,10.0.0.1:9093,[::1]:9094';
    expect(loadConfig({ PAIRSTREAM_KAFKA_BROKERS: brokers }).kafkaBrokers).toBe(brokers);
  });

  it('does not repeat the text of a secret in an error', () => {
    let message = '';
    try {
      loadConfig({ PAIRSTREAM_TRITON_HEADERS: 'Authorization: Bearer 12345' });
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('PAIRSTREAM_TRITON_HEADERS: the value, expected name=value');
    expect(message).not.toContain('12345');
  });
});
