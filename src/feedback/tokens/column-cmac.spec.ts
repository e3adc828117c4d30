import { createCipheriv, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CMAC_BYTES, ColumnCmac } from './column-cmac.js';

const KEY = Buffer.from('2b7e151628aed2a6abf7158809cf4f3c', 'hex');
const MESSAGE = Buffer.from(
  '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710',
  'hex',
);

function macOf(key: Uint8Array, message: Uint8Array): string {
  const out = new Uint8Array(CMAC_BYTES);
  new ColumnCmac(key, message.length).compute(message, Uint32Array.of(0), 1, out);
  return Buffer.from(out).toString('hex');
}

/** CMAC of one message by AES-CBC: the last block of its encryption, after the last block is combined with a subkey. */
function macByCbc(key: Uint8Array, message: Uint8Array): string {
  const zero = Buffer.alloc(16);
  const double = (block: bigint): bigint => ((block << 1n) & ((1n << 128n) - 1n)) ^ ((block >> 127n) * 0x87n);
  const l = BigInt(`0x${createCipheriv('aes-128-ecb', key, null).update(zero).toString('hex')}`);
  const rest = message.length % 16;
  const subkey = rest === 0 ? double(l) : double(double(l));
  const padded = Buffer.concat([message, rest === 0 ? zero.subarray(0, 0) : Buffer.alloc(16 - rest)]);
  if (rest > 0) padded[message.length] = 0x80;
  const last = BigInt(`0x${padded.subarray(-16).toString('hex')}`) ^ subkey;
  padded.set(Buffer.from(last.toString(16).padStart(32, '0'), 'hex'), padded.length - 16);
  const cipher = createCipheriv('aes-128-cbc', key, zero).setAutoPadding(false);
  return cipher.update(padded).subarray(-16).toString('hex');
}

describe('ColumnCmac', () => {
  it.each([
    [16, '070a16b46b4d4144f79bdd9dd04a287c'],
    [40, 'dfa66747de9ae63030ca32611497c827'],
    [64, '51f0bebf7e3b9d92fc49741779363cfe'],
  ])('has the result of RFC 4493 for %i bytes', (length, expected) => {
    expect(macOf(KEY, MESSAGE.subarray(0, length))).toBe(expected);
  });

  it.each([1, 15, 16, 17, 97, 112])(
    'gives every message of %i bytes the MAC that it has alone, over several chunks',
    (length) => {
      const count = 2_100;
      const stride = length + 3;
      const key = randomBytes(16);
      const bytes = new Uint8Array(randomBytes(count * stride + 1));
      // Backwards, and at odd offsets.
      const offsets = Uint32Array.from({ length: count }, (_, i) => 1 + (count - 1 - i) * stride);
      const out = new Uint8Array(count * CMAC_BYTES);
      new ColumnCmac(key, length).compute(bytes, offsets, count, out);
      for (const i of [0, 1, 99, 1_023, 1_024, 2_047, 2_048, count - 1]) {
        const alone = macByCbc(key, bytes.subarray(offsets[i], offsets[i]! + length));
        expect(Buffer.from(out.subarray(i * CMAC_BYTES, (i + 1) * CMAC_BYTES)).toString('hex')).toBe(alone);
      }
    },
  );

  it('gives the same result for the second use', () => {
    const cmac = new ColumnCmac(KEY, 40);
    const out = new Uint8Array(2 * CMAC_BYTES);
    cmac.compute(MESSAGE, Uint32Array.of(5), 1, out);
    cmac.compute(MESSAGE, Uint32Array.of(0, 5), 2, out);
    const [first, second] = [out.subarray(0, CMAC_BYTES), out.subarray(CMAC_BYTES)];
    expect(Buffer.from(first).toString('hex')).toBe('dfa66747de9ae63030ca32611497c827');
    expect(Buffer.from(second).toString('hex')).toBe(macByCbc(KEY, MESSAGE.subarray(5, 45)));
  });
});
