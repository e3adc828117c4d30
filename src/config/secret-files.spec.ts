import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from './config.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pairstream-secrets-'));
  writeFileSync(join(folder, 'keys'), `7:${'ab'.repeat(16)}\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a secret setting from a file', () => {
  it('has the text of the file without its line end', () => {
    const config = loadConfig({ PAIRSTREAM_FEEDBACK_KEYS_FILE: join(folder, 'keys') });
    expect(config.feedbackKeys).toBe(`7:${'ab'.repeat(16)}`);
  });

  it.each([
    [
      { PAIRSTREAM_FEEDBACK_KEYS_FILE: '/absent' },
      'PAIRSTREAM_FEEDBACK_KEYS_FILE: "/absent" cannot be read (ENOENT), expected a file',
    ],
    [
      { PAIRSTREAM_KAFKA_PASSWORD: 'secret', PAIRSTREAM_KAFKA_PASSWORD_FILE: '/absent' },
      'PAIRSTREAM_KAFKA_PASSWORD_FILE: "/absent" beside PAIRSTREAM_KAFKA_PASSWORD, expected one of them',
    ],
    [{ PAIRSTREAM_LOG_LEVEL_FILE: '/absent' }, 'PAIRSTREAM_LOG_LEVEL_FILE: no such setting'],
  ])('%j is refused', (environment, message) => {
    expect(() => loadConfig(environment)).toThrow(message);
    expect(() => loadConfig(environment)).not.toThrow('secret"');
  });
});
