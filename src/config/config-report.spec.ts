import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.js';
import { reportConfig, type SettingReport } from './config-report.js';
import { SETTINGS } from './settings.js';

function settingOf(environment: Record<string, string>, name: string, changed: object = {}): SettingReport {
  const config = { ...loadConfig(environment), ...changed };
  return reportConfig(config, environment).find((setting) => setting.name === name)!;
}

describe('reportConfig', () => {
  it('tells every setting, in the order of the reference page', () => {
    const reports = reportConfig(loadConfig({}), {});
    expect(reports.map(({ variable }) => variable)).toEqual(
      Object.values(SETTINGS).map(({ variable }) => variable),
    );
    expect(reports.every(({ source }) => source === 'default')).toBe(true);
    expect(reports.map(({ value }) => value)).toEqual(reports.map(({ defaultValue }) => defaultValue));
  });

  it('tells the source of a value', () => {
    const environment = { PAIRSTREAM_GRPC_PORT: '50061' };
    expect(settingOf(environment, 'grpcPort')).toMatchObject({ value: '50061', source: 'environment' });
    expect(settingOf(environment, 'grpcPort', { grpcPort: 0 })).toMatchObject({
      value: '0',
      source: 'command',
    });
    expect(settingOf(environment, 'adminPort', { adminPort: 0 })).toMatchObject({
      value: '0',
      defaultValue: '8080',
      source: 'command',
    });
  });

  it('does not take the service links of Kubernetes for settings', () => {
    const environment = { PAIRSTREAM_GRPC_PORT: 'tcp://10.0.0.1:50051' };
    expect(settingOf(environment, 'grpcPort')).toMatchObject({ value: '50051', source: 'default' });
  });

  it('masks the values of headers, and writes addresses as the variable does', () => {
    const environment = {
      PAIRSTREAM_TRITON_HEADERS: 'authorization=Bearer 12345,x-tenant=feed',
      PAIRSTREAM_TRITON_URLS: 'dns:///triton:8001,[::1]:8001',
    };
    expect(settingOf(environment, 'tritonHeaders').value).toBe('authorization=***,x-tenant=***');
    expect(settingOf(environment, 'tritonUrls').value).toBe('dns:///triton:8001,[::1]:8001');
    expect(JSON.stringify(reportConfig(loadConfig(environment), environment))).not.toContain('12345');
  });

  it('masks the keys of feedback tokens, with or without an id', () => {
    const environment = { PAIRSTREAM_FEEDBACK_KEYS: '1:0123456789abcdef,0123456789abcdef' };
    expect(settingOf(environment, 'feedbackKeys').value).toBe('1:***,***');
    expect(settingOf({}, 'feedbackKeys').value).toBe('');
    expect(JSON.stringify(reportConfig(loadConfig(environment), environment))).not.toContain('0123456789');
  });
});
