import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.js';
import { parseServerAddresses } from './server-address.js';

describe('parseServerAddresses', () => {
  it.each([
    ['127.0.0.1:8001', [{ host: '127.0.0.1', port: 8_001, isName: false }]],
    [
      'triton-0.svc:1, [::1]:65535',
      [
        { host: 'triton-0.svc', port: 1, isName: false },
        { host: '::1', port: 65_535, isName: false },
      ],
    ],
    ['dns:///triton.svc:8001', [{ host: 'triton.svc', port: 8_001, isName: true }]],
  ])('reads %s', (text, expected) => {
    expect(parseServerAddresses(text)).toEqual(expected);
  });

  it.each([
    '',
    'triton',
    'triton:',
    ':8001',
    'triton:0',
    'triton:65536',
    'http://triton:8001',
    '::1:8001',
    'a:1,,b:2',
  ])('refuses "%s"', (text) => {
    expect(parseServerAddresses(text)).toBeUndefined();
  });

  it('is what the setting is read with', () => {
    expect(() => loadConfig({ PAIRSTREAM_TRITON_URLS: 'http://triton:8001' })).toThrow(
      'PAIRSTREAM_TRITON_URLS: "http://triton:8001", expected host:port or dns:///host:port',
    );
  });
});

describe('the headers for Triton', () => {
  it('are a map', () => {
    const { tritonHeaders } = loadConfig({ PAIRSTREAM_TRITON_HEADERS: 'triton-grpc-protocol-k=a=b,x=' });
    expect([...tritonHeaders]).toEqual([
      ['triton-grpc-protocol-k', 'a=b'],
      ['x', ''],
    ]);
    expect(loadConfig({}).tritonHeaders.size).toBe(0);
  });

  it('are refused when they are none', () => {
    expect(() => loadConfig({ PAIRSTREAM_TRITON_HEADERS: 'Upper=1' })).toThrow('expected name=value');
  });
});
