import { PairstreamError } from '../../../../errors/pairstream-error.js';

type Column = Uint8Array | Uint32Array | Float64Array;

/** Conversion of a varint to a column entry. */
type VarintKind = 'uint32' | 'uint8' | 'bool' | 'int64' | 'uint64';

const TWO_32 = 4_294_967_296;
const LARGEST_UINT32 = TWO_32 - 1;
/** Entry of an enum column for a value that does not fit into a byte. */
const LARGEST_CODE = 255;
/** Maximum number of oversized enum values kept for error messages, which bounds the memory that a hostile message takes. */
const MAX_KEPT_CODES = 1_000;
/** protobuf.dev, "Encoding": a 64-bit varint has at most ten bytes. */
const MAX_VARINT_BYTES = 10;

/** Lanes of the last decoded varint. Module variables, so that no entry allocates memory. */
let varintLo = 0;
let varintHi = 0;

/** Decodes the varint at bytes[at ..] into the lanes. @returns the position after the varint, or -1 if it is malformed */
function readVarint(bytes: Uint8Array, at: number, to: number): number {
  let low = 0;
  let middle = 0;
  let high = 0;
  const end = Math.min(to, at + MAX_VARINT_BYTES);
  for (let i = at; i < end; i += 1) {
    const byte = bytes[i]!;
    const position = i - at;
    const bits = byte & 0x7f;
    if (position < 4) low |= bits << (7 * position);
    else if (position < 8) middle |= bits << (7 * (position - 4));
    else high |= bits << (7 * (position - 8));
    if (byte < 0x80) {
      varintLo = (low | (middle << 28)) >>> 0;
      varintHi = (middle >>> 4) | (high << 24);
      return i + 1;
    }
  }
  return -1;
}

function countVarints(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i += 1) if (bytes[i]! < 0x80) count += 1;
  return count;
}

/**
 * Decodes a repeated integer field, packed or not, into a typed array. int64 entries become doubles; the checks of the request
 * refuse values that are not safe integers. uint32 entries of more than 32 bits become 4294967295. Enum entries that are negative
 * or above 254 become 255.
 */
export class WireColumn<C extends Column = Column> {
  /** The first `count` entries are valid. */
  data: C;
  count = 0;
  /** The first 1,000 enum values that `data` holds as 255, as sent, by entry. */
  codesAsSent: Map<number, bigint> | undefined;
  readonly #kind: VarintKind;
  readonly #field: string;
  readonly #maxCount: number;
  readonly #create: (length: number) => C;

  private constructor(kind: VarintKind, field: string, maxCount: number, create: (length: number) => C) {
    this.#kind = kind;
    this.#field = field;
    this.#maxCount = maxCount;
    this.#create = create;
    this.data = create(0);
  }

  /** @param field name of the column, for errors @param maxCount maximum number of entries */
  static uint32(field: string, maxCount: number): WireColumn<Uint32Array> {
    return new WireColumn<Uint32Array>('uint32', field, maxCount, (length) => new Uint32Array(length));
  }

  /** A column of enum values. */
  static uint8(field: string, maxCount: number): WireColumn<Uint8Array> {
    return new WireColumn<Uint8Array>('uint8', field, maxCount, (length) => new Uint8Array(length));
  }

  /** A column of 0 and 1. */
  static bool(field: string, maxCount: number): WireColumn<Uint8Array> {
    return new WireColumn<Uint8Array>('bool', field, maxCount, (length) => new Uint8Array(length));
  }

  /** A column of whole numbers as doubles. */
  static int64(field: string, maxCount: number): WireColumn<Float64Array> {
    return new WireColumn<Float64Array>('int64', field, maxCount, (length) => new Float64Array(length));
  }

  /** A column of 64-bit numbers, two entries of `data` for each: low lane, then high. */
  static uint64(field: string, maxCount: number): WireColumn<Uint32Array> {
    return new WireColumn<Uint32Array>('uint64', field, maxCount, (length) => new Uint32Array(2 * length));
  }

  /**
   * Appends the packed entries bytes[from .. to).
   * @throws PairstreamError MESSAGE_TOO_LARGE for more than maxCount entries; INVALID_REQUEST for a malformed varint
   */
  appendPacked(bytes: Uint8Array, from: number, to: number): void {
    this.#reserve(countVarints(bytes, from, to));
    let at = this.#kind === 'uint32' ? this.#appendSmall(bytes, from, to) : from;
    while (at < to) {
      // Most entries are below 128.
      const byte = bytes[at]!;
      if (byte < 0x80) {
        varintLo = byte;
        varintHi = 0;
        at += 1;
      } else {
        at = readVarint(bytes, at, to);
        if (at < 0) throw this.#malformed();
      }
      this.#push();
      if (this.#kind === 'uint32') at = this.#appendSmall(bytes, at, to);
    }
  }

  /**
   * Appends entries up to the first that is longer than two bytes. Nearly all tokens and indexes have one or two bytes.
   * @returns the position of the longer entry, or `to`
   */
  #appendSmall(bytes: Uint8Array, from: number, to: number): number {
    const { data } = this;
    let { count } = this;
    let at = from;
    while (at < to) {
      const first = bytes[at]!;
      if (first < 0x80) {
        data[count] = first;
        at += 1;
      } else {
        const second = at + 1 < to ? bytes[at + 1]! : 0x80;
        if (second >= 0x80) break;
        data[count] = (first & 0x7f) | (second << 7);
        at += 2;
      }
      count += 1;
    }
    this.count = count;
    return at;
  }

  /**
   * Appends the single entry at bytes[at ..].
   * @returns the position of the next field
   * @throws PairstreamError as appendPacked
   */
  appendOne(bytes: Uint8Array, at: number): number {
    this.#reserve(1);
    const next = readVarint(bytes, at, bytes.length);
    if (next < 0) throw this.#malformed();
    this.#push();
    return next;
  }

  #push(): void {
    const index = this.count;
    if (this.#kind === 'uint32') this.data[index] = varintHi === 0 ? varintLo : LARGEST_UINT32;
    else if (this.#kind === 'uint64') {
      this.data[2 * index] = varintLo;
      this.data[2 * index + 1] = varintHi;
    } else if (this.#kind === 'int64') this.data[index] = varintHi * TWO_32 + varintLo;
    else if (this.#kind === 'bool') this.data[index] = (varintLo | varintHi) === 0 ? 0 : 1;
    else if (varintHi === 0 && varintLo < LARGEST_CODE) this.data[index] = varintLo;
    else this.#pushLargeCode(index);
    this.count = index + 1;
  }

  #pushLargeCode(index: number): void {
    this.data[index] = LARGEST_CODE;
    this.codesAsSent ??= new Map();
    if (this.codesAsSent.size < MAX_KEPT_CODES)
      this.codesAsSent.set(index, BigInt(varintHi) * BigInt(TWO_32) + BigInt(varintLo));
  }

  #reserve(addedCount: number): void {
    const needed = this.count + addedCount;
    if (needed > this.#maxCount) {
      throw new PairstreamError(
        'MESSAGE_TOO_LARGE',
        `${this.#field} has ${needed} entries or more, at most ${this.#maxCount} are accepted in one request`,
        { field: this.#field },
      );
    }
    const perEntry = this.#kind === 'uint64' ? 2 : 1;
    const capacity = this.data.length / perEntry;
    if (needed <= capacity) return;
    const grown = this.#create(this.count === 0 ? needed : Math.max(needed, 2 * capacity));
    grown.set(this.data.subarray(0, this.count * perEntry));
    this.data = grown;
  }

  #malformed(): PairstreamError {
    return new PairstreamError('INVALID_REQUEST', `${this.#field} holds bytes that are no varint`, {
      field: this.#field,
    });
  }
}
