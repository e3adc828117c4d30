import { PairstreamError } from '../../errors/pairstream-error.js';
import { CMAC_KEY_BYTES } from './column-cmac.js';

/** A key that authenticates tokens. */
export interface TokenKey {
  /** Number that tokens of the key carry, 0 to 255. */
  readonly id: number;
  /** CMAC_KEY_BYTES. */
  readonly secret: Uint8Array;
}

/** The keys of a gateway: the first makes new tokens, tokens of every key are accepted. */
export type TokenKeys = readonly [TokenKey, ...TokenKey[]];

/** Largest id of a key. */
export const LARGEST_KEY_ID = 255;

const ENTRY = /^(?<id>\d{1,3}):(?<hex>[\da-f]*)$/i;
const HEX_DIGITS = 2 * CMAC_KEY_BYTES;

/**
 * Parses keys of the form `id:hex`, separated by commas: ids from 0 to 255, keys of 32 hexadecimal digits.
 * @param field name of the setting or file, for errors
 * @throws PairstreamError INVALID_CONFIG; its message names the entry by number and never contains a key
 */
export function parseTokenKeys(text: string, field: string): TokenKeys {
  const [first = '', ...others] = text.split(',');
  const parse = (entry: string, i: number): TokenKey =>
    parseEntry(entry.trim(), `${field}, entry ${i + 1}`, field);
  const keys: TokenKeys = [parse(first, 0), ...others.map((entry, i) => parse(entry, i + 1))];
  const repeated = keys.find(({ id }, i) => keys.findIndex((key) => key.id === id) < i);
  if (repeated !== undefined)
    throw invalid(field, `${field}: key id ${repeated.id} occurs twice, expected every id once`);
  return keys;
}

function parseEntry(entry: string, place: string, field: string): TokenKey {
  const { id, hex } = ENTRY.exec(entry)?.groups ?? {};
  if (id === undefined || hex === undefined)
    throw invalid(field, `${place}: not of the form id:hex, expected for instance 1:<${HEX_DIGITS} digits>`);
  if (Number(id) > LARGEST_KEY_ID)
    throw invalid(field, `${place}: id ${id}, expected a number from 0 to ${LARGEST_KEY_ID}`);
  if (hex.length !== HEX_DIGITS)
    throw invalid(field, `${place}: ${hex.length} hexadecimal digits, expected ${HEX_DIGITS}`);
  return { id: Number(id), secret: Uint8Array.from(Buffer.from(hex, 'hex')) };
}

function invalid(field: string, message: string): PairstreamError {
  return new PairstreamError('INVALID_CONFIG', message, { field });
}
