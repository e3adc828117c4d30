import { type Cipheriv, createCipheriv } from 'node:crypto';

/** Length of a key, bytes. */
export const CMAC_KEY_BYTES = 16;
/** Length of a MAC, bytes. */
export const CMAC_BYTES = 16;

const BLOCK_BYTES = 16;
const BLOCK_WORDS = 4;
/** Messages whose blocks are encrypted together; bounds the scratch memory to 16 KiB. */
const CHUNK_MESSAGES = 1_024;
/** First byte of the padding of a last block that is not full. */
const PADDING = 0x80;
/** Reduction polynomial of a doubling in GF(2^128). */
const POLYNOMIAL = 0x87;

/**
 * AES-CMAC (RFC 4493) of many messages of one length. Block i of all messages is encrypted by one call of node:crypto, because
 * a call costs far more than the encryption of a block. One instance serves one thread; it owns its buffers.
 */
export class ColumnCmac {
  private readonly cipher: Cipheriv;
  private readonly work = new Uint8Array(CHUNK_MESSAGES * BLOCK_BYTES);
  private readonly words = new Int32Array(this.work.buffer);
  /** Subkey and padding that the last block of every message is combined with. */
  private readonly lastMask: Int32Array;
  private readonly wholeBlocks: number;
  private readonly tailBytes: number;

  /**
   * @param key CMAC_KEY_BYTES
   * @param messageBytes length of every message, at least 1
   */
  constructor(key: Uint8Array, messageBytes: number) {
    this.cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
    this.wholeBlocks = Math.floor(messageBytes / BLOCK_BYTES);
    this.tailBytes = messageBytes % BLOCK_BYTES;
    const subkey = doubled(this.cipher.update(new Uint8Array(BLOCK_BYTES)));
    const mask = this.tailBytes === 0 ? subkey : doubled(subkey);
    if (this.tailBytes > 0) mask[this.tailBytes]! ^= PADDING;
    this.lastMask = new Int32Array(mask.buffer);
  }

  /**
   * Computes the MAC of each message.
   * @param offsets of the messages in `bytes`, of which the first `count` are used
   * @param out receives `count` MACs, one after another, from out[0]
   */
  compute(bytes: Uint8Array, offsets: Uint32Array, count: number, out: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let first = 0; first < count; first += CHUNK_MESSAGES) {
      const chunkCount = Math.min(CHUNK_MESSAGES, count - first);
      this.computeChunk(view, offsets, first, chunkCount);
      out.set(this.work.subarray(0, chunkCount * CMAC_BYTES), first * CMAC_BYTES);
    }
  }

  /** Leaves the MACs of messages [first .. first + count) in `work`. */
  private computeChunk(view: DataView, offsets: Uint32Array, first: number, count: number): void {
    const { work, wholeBlocks, tailBytes } = this;
    const blocks = work.subarray(0, count * BLOCK_BYTES);
    blocks.fill(0);
    for (let block = 0; block < wholeBlocks; block += 1) {
      this.addBlocks(view, offsets, first, count, block * BLOCK_BYTES);
      if (block === wholeBlocks - 1 && tailBytes === 0) this.addMask(count);
      blocks.set(this.cipher.update(blocks));
    }
    if (tailBytes === 0) return;
    this.addTails(view, offsets, first, count);
    this.addMask(count);
    blocks.set(this.cipher.update(blocks));
  }

  private addBlocks(view: DataView, offsets: Uint32Array, first: number, count: number, at: number): void {
    const { words } = this;
    for (let i = 0; i < count; i += 1) {
      const from = offsets[first + i]! + at;
      const to = i * BLOCK_WORDS;
      words[to]! ^= view.getInt32(from, true);
      words[to + 1]! ^= view.getInt32(from + 4, true);
      words[to + 2]! ^= view.getInt32(from + 8, true);
      words[to + 3]! ^= view.getInt32(from + 12, true);
    }
  }

  private addTails(view: DataView, offsets: Uint32Array, first: number, count: number): void {
    const { work, tailBytes, wholeBlocks } = this;
    for (let i = 0; i < count; i += 1) {
      const from = offsets[first + i]! + wholeBlocks * BLOCK_BYTES;
      for (let b = 0; b < tailBytes; b += 1) work[i * BLOCK_BYTES + b]! ^= view.getUint8(from + b);
    }
  }

  private addMask(count: number): void {
    const { words } = this;
    const [a = 0, b = 0, c = 0, d = 0] = this.lastMask;
    for (let at = 0; at < count * BLOCK_WORDS; at += BLOCK_WORDS) {
      words[at]! ^= a;
      words[at + 1]! ^= b;
      words[at + 2]! ^= c;
      words[at + 3]! ^= d;
    }
  }
}

/** A block times two in GF(2^128), most significant bit first. */
function doubled(block: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(BLOCK_BYTES);
  for (let i = 0; i < BLOCK_BYTES; i += 1)
    out[i] = (block[i]! << 1) | ((i + 1 < BLOCK_BYTES ? block[i + 1]! : 0) >>> 7);
  if ((block[0]! & 0x80) !== 0) out[BLOCK_BYTES - 1]! ^= POLYNOMIAL;
  return out;
}
