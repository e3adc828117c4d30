import { timingSafeEqual } from 'node:crypto';
import { PAIR_RECORD_BYTES } from '../events/pair-record.js';
import { CMAC_BYTES, ColumnCmac } from './column-cmac.js';
import { LARGEST_KEY_ID, type TokenKeys } from './token-keys.js';

/**
 * Layout of a token: version at byte 0, key id at byte 1, a pair record at byte 2, and at byte 97 the AES-CMAC of all bytes before.
 */
export const TOKEN_BYTES = 113;

/** Position of the pair record in a token. */
export const TOKEN_RECORD_AT = 2;

/** Version of the layout. */
const TOKEN_VERSION = 1;
const KEY_ID_AT = 1;
const MAC_WORDS = CMAC_BYTES / 4;
const MAC_AT = TOKEN_RECORD_AT + PAIR_RECORD_BYTES;

/** Result of the check of a token. */
export const TOKEN_PROBLEM = { none: 0, length: 1, version: 2, key: 3, mac: 4 } as const;

/** Makes and checks feedback tokens. One instance serves one thread; it owns its buffers. */
export class TokenCodec {
  private readonly signing: { readonly id: number; readonly cmac: ColumnCmac };
  /** By key id. */
  private readonly cmacs: (ColumnCmac | undefined)[] = [];

  constructor(keys: TokenKeys) {
    for (const { id, secret } of keys) this.cmacs[id] = new ColumnCmac(secret, MAC_AT);
    const [{ id }] = keys;
    this.signing = { id, cmac: this.cmacs[id]! };
  }

  /**
   * Completes tokens whose pair records are written: sets version, key id and MAC.
   * @param bytes that hold the tokens
   * @param offsets position of each token
   */
  seal(bytes: Uint8Array, offsets: Uint32Array): void {
    const { id, cmac } = this.signing;
    const count = offsets.length;
    for (let i = 0; i < count; i += 1) {
      bytes[offsets[i]!] = TOKEN_VERSION;
      bytes[offsets[i]! + KEY_ID_AT] = id;
    }
    const macs = new Uint8Array(count * CMAC_BYTES);
    cmac.compute(bytes, offsets, count, macs);
    const words = new Int32Array(macs.buffer);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < count; i += 1)
      for (let w = 0; w < MAC_WORDS; w += 1)
        view.setInt32(offsets[i]! + MAC_AT + 4 * w, words[i * MAC_WORDS + w]!, true);
  }

  /**
   * Checks tokens. MACs are compared in constant time.
   * @param bytes that hold the tokens
   * @param offsets position of each token, of which the first `count` are used
   * @param lengths length of each token
   * @param problems receives a TOKEN_PROBLEM for each token
   */
  check(
    bytes: Uint8Array,
    offsets: Uint32Array,
    lengths: Uint32Array,
    count: number,
    problems: Uint8Array,
  ): void {
    let usedIds = 0;
    const isUsed = new Uint8Array(LARGEST_KEY_ID + 1);
    for (let i = 0; i < count; i += 1) {
      const problem = this.problemOfHead(bytes, offsets[i]!, lengths[i]!);
      problems[i] = problem;
      if (problem !== TOKEN_PROBLEM.none) continue;
      const id = bytes[offsets[i]! + KEY_ID_AT]!;
      usedIds += 1 - isUsed[id]!;
      isUsed[id] = 1;
    }
    for (let id = 0; usedIds > 0; id += 1) {
      if (isUsed[id] === 0) continue;
      this.checkMacs(id, bytes, offsets, count, problems);
      usedIds -= 1;
    }
  }

  private problemOfHead(bytes: Uint8Array, at: number, length: number): number {
    if (length === 0) return TOKEN_PROBLEM.length;
    if (bytes[at] !== TOKEN_VERSION) return TOKEN_PROBLEM.version;
    if (length !== TOKEN_BYTES) return TOKEN_PROBLEM.length;
    return this.cmacs[bytes[at + KEY_ID_AT]!] === undefined ? TOKEN_PROBLEM.key : TOKEN_PROBLEM.none;
  }

  /** Checks the MACs of the tokens of one key that have no problem yet. */
  private checkMacs(
    id: number,
    bytes: Uint8Array,
    offsets: Uint32Array,
    count: number,
    problems: Uint8Array,
  ): void {
    const ofKey = new Uint32Array(count);
    const tokenOf = new Uint32Array(count);
    let keyCount = 0;
    for (let i = 0; i < count; i += 1) {
      if (problems[i] !== TOKEN_PROBLEM.none || bytes[offsets[i]! + KEY_ID_AT] !== id) continue;
      tokenOf[keyCount] = i;
      ofKey[keyCount] = offsets[i]!;
      keyCount += 1;
    }
    const macs = new Uint8Array(keyCount * CMAC_BYTES);
    this.cmacs[id]!.compute(bytes, ofKey, keyCount, macs);
    for (let k = 0; k < keyCount; k += 1) {
      const at = ofKey[k]! + MAC_AT;
      const sent = bytes.subarray(at, at + CMAC_BYTES);
      const expected = macs.subarray(k * CMAC_BYTES, (k + 1) * CMAC_BYTES);
      if (!timingSafeEqual(sent, expected)) problems[tokenOf[k]!] = TOKEN_PROBLEM.mac;
    }
  }
}

/** Problem of a token that `check` refused, in words. @param problem a TOKEN_PROBLEM other than none */
export function describeTokenProblem(problem: number, bytes: Uint8Array, at: number, length: number): string {
  if (problem === TOKEN_PROBLEM.length)
    return `${length} bytes, expected ${TOKEN_BYTES}: a token of PredictResponse.feedback_token, unchanged`;
  if (problem === TOKEN_PROBLEM.version)
    return `token version ${bytes[at]}, expected ${TOKEN_VERSION}: a token of a gateway of this version`;
  if (problem === TOKEN_PROBLEM.key)
    return `key id ${bytes[at + KEY_ID_AT]} is unknown, expected a token of a key that PAIRSTREAM_FEEDBACK_KEYS lists`;
  return 'not authentic, expected a token as a gateway with the same keys returned it';
}
