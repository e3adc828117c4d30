import { PairstreamError } from '../../../errors/pairstream-error.js';
import { shownField } from '../../../errors/shown-field.js';

/** Objects and lists within each other. A model of XGBoost has 7. */
const DEEPEST = 32;
const PLAIN_KEY = /^\w+$/;
const WORD_BYTES = 4;
const LONG_BYTES = 8;
const TWO_POW_32 = 2 ** 32;

/** Names and bytes of the values with a fixed length, by marker. */
const SCALARS: Readonly<Record<string, readonly [name: string, bytes: number]>> = {
  Z: ['null', 0],
  T: ['true', 0],
  F: ['false', 0],
  i: ['int8', 1],
  U: ['uint8', 1],
  C: ['a character', 1],
  I: ['int16', 2],
  l: ['int32', WORD_BYTES],
  L: ['int64', LONG_BYTES],
  d: ['float32', WORD_BYTES],
  D: ['float64', LONG_BYTES],
};
const NAMES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(SCALARS).map(([marker, [name]]) => [marker, name])),
  S: 'text',
  '[': 'a list',
  '{': 'an object',
};
const NO_SCALAR = 255;
const SCALAR_BYTES = new Uint8Array(256).fill(NO_SCALAR);
for (const [marker, [, bytes]] of Object.entries(SCALARS)) SCALAR_BYTES[marker.charCodeAt(0)] = bytes;

const code = (marker: string): number => marker.charCodeAt(0);
const [OBJECT, END_OF_OBJECT, LIST, END_OF_LIST] = [code('{'), code('}'), code('['), code(']')];
const [TYPE, COUNT, TEXT] = [code('$'), code('#'), code('S')];
const [INT8, UINT8, INT16, INT32, INT64] = [code('i'), code('U'), code('I'), code('l'), code('L')];
const FLOAT32 = code('d');

/**
 * Reads UBJSON in the order of its bytes, in the forms that XGBoost writes. The caller reads the values that it needs; all others
 * are skipped. A count must fit into the rest of the file. (The library @shelacek/ubjson allocates any count, overflows the stack
 * on nested lists, refuses 64-bit lengths without a handler, and takes longer, because it keeps all values.)
 *
 * Every method throws PairstreamError INVALID_MODEL with file, byte and path of the value.
 */
export class UbjsonReader {
  private readonly bytes: Buffer;
  private readonly view: DataView;
  private readonly file: string;
  /** Keys and list positions of the value that is read. */
  private readonly path: (string | number)[] = [];
  private offset = 0;

  /** @param file name of the file, for errors */
  constructor(bytes: Uint8Array, file: string) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.file = file;
  }

  /** Reads an object. `read` is called at the value of each key, and reads the value unless it is to be skipped. */
  readObject(read: (key: string) => void): void {
    this.expect(OBJECT);
    const depth = this.enter();
    while (this.peek() !== END_OF_OBJECT) {
      const key = this.readKey();
      this.path[depth] = key;
      const start = this.offset;
      read(key);
      if (this.offset === start) this.skipValue();
      this.path.length = depth;
    }
    this.offset += 1;
  }

  /** Reads a list with a count in front. `read` reads one element. */
  readList(read: () => void): void {
    this.expect(LIST);
    if (this.peek() !== COUNT) throw this.error('a list without a count, expected one with a count');
    this.offset += 1;
    const count = this.readCount(1);
    const depth = this.enter();
    for (let i = 0; i < count; i += 1) {
      this.path[depth] = i;
      read();
    }
    this.path.length = depth;
  }

  /** Reads a text in UTF-8. */
  readText(): string {
    this.expect(TEXT);
    const length = this.readCount(1);
    this.offset += length;
    return this.bytes.toString('utf8', this.offset - length, this.offset);
  }

  /** Reads a whole number of 8 to 32 bits. */
  readInteger(): number {
    const marker = this.byte();
    const at = this.offset;
    if (marker === INT8 || marker === UINT8 || marker === INT16 || marker === INT32) {
      this.take(SCALAR_BYTES[marker] ?? 0);
      if (marker === INT8) return this.bytes.readInt8(at);
      if (marker === UINT8) return this.bytes.readUInt8(at);
      return marker === INT16 ? this.bytes.readInt16BE(at) : this.bytes.readInt32BE(at);
    }
    this.offset -= 1;
    throw this.error(`${nameOf(marker)}, expected a whole number of at most 32 bits`);
  }

  /** Reads whole numbers: an int32 array, or a list of numbers. @returns a copy */
  readIntegers(): Int32Array {
    if (this.bytes[this.offset + 1] === TYPE) return this.readInt32s();
    const integers: number[] = [];
    this.readList(() => integers.push(this.readInteger()));
    return Int32Array.from(integers);
  }

  /** Reads an int32 array. @returns a copy */
  readInt32s(): Int32Array {
    return this.readWords(INT32);
  }

  /** Reads a float32 array. @returns a copy */
  readFloat32s(): Float32Array {
    return new Float32Array(this.readWords(FLOAT32).buffer);
  }

  /** Reads a uint8 array. @returns a copy */
  readUint8s(): Uint8Array {
    const count = this.readTypedArray(UINT8, 1);
    return new Uint8Array(this.bytes.subarray(this.offset - count, this.offset));
  }

  /** Checks that nothing follows. */
  end(): void {
    const rest = this.bytes.length - this.offset;
    if (rest > 0) throw this.error(`${rest} bytes after the model, expected none`);
  }

  /** An error about the value that is read, or about `key` in the object that is read. */
  error(problem: string, key?: string): PairstreamError {
    const field = fieldOf(key === undefined ? this.path : [...this.path, key]);
    const place = field === '' ? '' : `, ${field}`;
    return new PairstreamError('INVALID_MODEL', `${this.file}: byte ${this.offset}${place}: ${problem}`, {
      field,
    });
  }

  private readKey(): string {
    const length = this.readCount(1);
    this.offset += length;
    return this.bytes.toString('latin1', this.offset - length, this.offset);
  }

  /** Reads big-endian words of 32 bits. */
  private readWords(marker: number): Int32Array<ArrayBuffer> {
    const count = this.readTypedArray(marker, WORD_BYTES);
    const words = new Int32Array(count);
    let at = this.offset - count * WORD_BYTES;
    for (let i = 0; i < count; i += 1) {
      words[i] = this.view.getInt32(at);
      at += WORD_BYTES;
    }
    return words;
  }

  /** Passes over a typed array. @returns the number of its elements */
  private readTypedArray(type: number, width: number): number {
    this.expect(LIST);
    const isTyped = this.peek() === TYPE;
    const seen = isTyped ? this.bytes[this.offset + 1] : undefined;
    if (seen !== type) {
      const name = seen === undefined ? 'a list without a type' : `a list of ${nameOf(seen)}`;
      throw this.error(`${name}, expected a list of ${nameOf(type)}`);
    }
    this.offset += 2;
    this.expect(COUNT);
    const count = this.readCount(width);
    this.offset += count * width;
    return count;
  }

  /** Reads a count of elements of at least `width` bytes, which must follow. */
  private readCount(width: number): number {
    const count = this.peek() === INT64 ? this.readInt64() : this.readInteger();
    const rest = this.bytes.length - this.offset;
    if (count >= 0 && count * width <= rest) return count;
    const bytes = width === 1 ? '' : ` of ${width} bytes`;
    throw this.error(
      count < 0
        ? `a count of ${count}, expected 0 or more`
        : `a count of ${count}${bytes}, but only ${rest} bytes follow: is the file cut short?`,
    );
  }

  /** Reads an int64; beyond 2^53 only its magnitude is right. */
  private readInt64(): number {
    this.offset += 1;
    this.take(LONG_BYTES);
    const at = this.offset - LONG_BYTES;
    return this.bytes.readInt32BE(at) * TWO_POW_32 + this.bytes.readUInt32BE(at + WORD_BYTES);
  }

  private skipValue(): void {
    const marker = this.byte();
    const width = SCALAR_BYTES[marker] ?? NO_SCALAR;
    if (width !== NO_SCALAR) this.take(width);
    else if (marker === TEXT) this.take(this.readCount(1));
    else if (marker === LIST) this.skipList();
    else {
      this.offset -= 1;
      if (marker !== OBJECT) throw this.error(`${nameOf(marker)}, expected a value`);
      this.readObject(() => undefined);
    }
  }

  private skipList(): void {
    if (this.peek() === TYPE) {
      const type = this.bytes[this.offset + 1] ?? 0;
      const width = SCALAR_BYTES[type] ?? NO_SCALAR;
      // Elements without bytes would let a few bytes stand for any number of elements.
      if (width === NO_SCALAR || width === 0)
        throw this.error(`a list of ${nameOf(type)}, expected a list of numbers`);
      this.offset -= 1;
      this.readTypedArray(type, width);
    } else if (this.peek() === COUNT) {
      this.offset -= 1;
      this.readList(() => this.skipValue());
    } else {
      const depth = this.enter();
      for (let i = 0; this.peek() !== END_OF_LIST; i += 1) {
        this.path[depth] = i;
        this.skipValue();
      }
      this.offset += 1;
      this.path.length = depth;
    }
  }

  /** @returns the index in `path` of the keys or positions of an object or list */
  private enter(): number {
    const depth = this.path.length;
    if (depth === DEEPEST) throw this.error(`a value in ${DEEPEST} others, expected fewer`);
    return depth;
  }

  private expect(marker: number): void {
    const seen = this.peek();
    if (seen !== marker) throw this.error(`${nameOf(seen)}, expected ${nameOf(marker)}`);
    this.offset += 1;
  }

  private byte(): number {
    const value = this.peek();
    this.offset += 1;
    return value;
  }

  private peek(): number {
    const value = this.bytes[this.offset];
    if (value === undefined) throw this.error('the file ends here: is it cut short?');
    return value;
  }

  private take(count: number): void {
    if (this.offset + count > this.bytes.length) throw this.error('the file ends here: is it cut short?');
    this.offset += count;
  }
}

/** A marker as an error shows it. */
function nameOf(marker: number): string {
  return NAMES[String.fromCharCode(marker)] ?? `byte 0x${marker.toString(16).padStart(2, '0')}`;
}

function fieldOf(path: readonly (string | number)[]): string {
  return path
    .map((part) =>
      typeof part === 'number' ? `[${part}]` : `.${PLAIN_KEY.test(part) ? part : shownField(part)}`,
    )
    .join('')
    .replace(/^\./, '');
}
