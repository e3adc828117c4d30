import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTokenKeys, TOKEN_KEY_FILE } from './token-key-file.js';
import { parseTokenKeys } from './token-keys.js';

const HEX = '00112233445566778899aAbBcCdDeEfF';

describe('parseTokenKeys', () => {
  it('parses ids and keys in their order', () => {
    expect(parseTokenKeys(`7:${HEX}, 0:${'ab'.repeat(16)}`, 'KEYS')).toEqual([
      { id: 7, secret: Uint8Array.from(Buffer.from(HEX, 'hex')) },
      { id: 0, secret: new Uint8Array(16).fill(0xab) },
    ]);
  });

  it.each([
    ['', 'KEYS, entry 1: not of the form id:hex'],
    [HEX, 'KEYS, entry 1: not of the form id:hex'],
    [`1:${HEX},`, 'KEYS, entry 2: not of the form id:hex'],
    [`1:${HEX.slice(2)}xy`, 'KEYS, entry 1: not of the form id:hex'],
    [`256:${HEX}`, 'KEYS, entry 1: id 256, expected a number from 0 to 255'],
    [`1:${HEX.slice(1)}`, 'KEYS, entry 1: 31 hexadecimal digits, expected 32'],
    [`1:${HEX},2:${HEX},1:${HEX}`, 'KEYS: key id 1 occurs twice'],
  ])('refuses "%s" without repeating a key', (text, message) => {
    const parse = (): unknown => parseTokenKeys(text, 'KEYS');
    expect(parse).toThrow(message);
    expect(parse).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG', field: 'KEYS' }));
    expect(parse).not.toThrow(HEX.slice(2, 12));
  });
});

describe('openTokenKeys', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pairstream-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('makes one key, which only the owner can read, and keeps it', () => {
    const state = join(folder, 'new', 'state');
    const keys = openTokenKeys(state);
    expect(keys).toHaveLength(1);
    expect(statSync(join(state, TOKEN_KEY_FILE)).mode & 0o777).toBe(0o600);
    expect(readdirSync(state)).toEqual([TOKEN_KEY_FILE]);
    expect(openTokenKeys(state)).toEqual(keys);
    expect(openTokenKeys(join(folder, 'other'))).not.toEqual(keys);
  });

  it('reads keys that an operator wrote', () => {
    writeFileSync(join(folder, TOKEN_KEY_FILE), `2:${HEX},1:${HEX}\n`);
    expect(openTokenKeys(folder).map(({ id }) => id)).toEqual([2, 1]);
  });

  it('refuses a damaged file and a folder that cannot be made, and changes neither', () => {
    const path = join(folder, TOKEN_KEY_FILE);
    writeFileSync(path, '');
    const damaged = (): unknown => openTokenKeys(folder);
    expect(damaged).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG', field: path }));
    expect(readFileSync(path, 'utf8')).toBe('');
    expect(() => openTokenKeys(join(path, 'state'))).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG' }),
    );
  });
});
