import { PairstreamError } from '../../../../errors/pairstream-error.js';
import type { Hash64 } from '../../../../pairs/murmur3.js';
import {
  hashIdBytes,
  hashIdNumber,
  hashIdText,
  ID_BYTES,
  LONGEST_ID_BYTES,
} from '../../../../pairs/id-hash.js';
import type { BoundedReader } from './bounded-reader.js';
import { appendTo, readLength, refuseRow } from './field-reading.js';
import { withRoom } from '../../../../pairs/column-growth.js';
import { HashColumn } from './hash-column.js';
import { WireColumn } from './wire-column.js';

/** Decoded ids of one table: a hash per row, and the errors of invalid rows. */
export interface Identities {
  readonly count: number;
  readonly lo: Uint32Array;
  readonly hi: Uint32Array;
  /** Name of the column with the ids, for errors. */
  readonly field: string;
  readonly problems: ReadonlyMap<number, string>;
}

/** The three alternative id columns of a table: bytes, text and number. */
export class IdentityColumns {
  private readonly bytesLo: { data: Uint32Array<ArrayBuffer>; count: number } = {
    data: new Uint32Array(0),
    count: 0,
  };
  private bytesHi = new Uint32Array(0);
  private readonly byteProblems = new Map<number, string>();
  private readonly texts: HashColumn;
  private readonly numbers: WireColumn<Uint32Array>;
  private readonly hash: Hash64 = { lo: 0, hi: 0 };

  /** @param table prefix of the column names in errors: <table>.id and so on */
  constructor(
    private readonly table: string,
    private readonly maxCount: number,
  ) {
    this.texts = new HashColumn(`${table}.id_text`, maxCount, hashIdentityText);
    this.numbers = WireColumn.uint64(`${table}.id_number`, maxCount);
  }

  /** @throws PairstreamError MESSAGE_TOO_LARGE for more than maxCount entries */
  appendBytes(reader: BoundedReader, wireType: number): void {
    const end = readLength(reader, wireType);
    const index = this.bytesLo.count;
    refuseRow(`${this.table}.id`, index, this.maxCount);
    const byteLength = end - reader.pos;
    if (byteLength === ID_BYTES) hashIdBytes(reader.buf, reader.pos, this.hash);
    else this.byteProblems.set(index, `${byteLength} bytes, expected ${ID_BYTES}`);
    this.bytesLo.data = withRoom(this.bytesLo.data, index + 1, Uint32Array);
    this.bytesHi = withRoom(this.bytesHi, index + 1, Uint32Array);
    this.bytesLo.data[index] = this.hash.lo;
    this.bytesHi[index] = this.hash.hi;
    this.bytesLo.count = index + 1;
    reader.pos = end;
  }

  /** @throws PairstreamError as HashColumn.append */
  appendText(reader: BoundedReader, wireType: number): void {
    this.texts.append(reader, wireType);
  }

  /** @throws PairstreamError as WireColumn.appendPacked */
  appendNumbers(reader: BoundedReader, wireType: number): void {
    appendTo(this.numbers, reader, wireType);
  }

  /**
   * The ids of the column that was sent. Without entries in any column, the table has no rows.
   * @throws PairstreamError INVALID_REQUEST if two columns have entries
   */
  take(): Identities {
    const { table, texts, numbers, bytesLo } = this;
    const sent = [
      { field: `${table}.id`, count: bytesLo.count },
      { field: `${table}.id_text`, count: texts.count },
      { field: `${table}.id_number`, count: numbers.count },
    ].filter(({ count }) => count > 0);
    if (sent.length > 1) {
      const seen = sent.map(({ field, count }) => `${field} (${count})`).join(' and ');
      throw new PairstreamError('INVALID_REQUEST', `${seen} have entries, expected one of them alone`, {
        field: sent[1]!.field,
      });
    }
    if (texts.count > 0) return { ...pick(texts), field: `${table}.id_text`, problems: texts.problems };
    if (numbers.count > 0) return { ...this.hashNumbers(), field: `${table}.id_number`, problems: new Map() };
    const { data: lo, count } = bytesLo;
    return { count, lo, hi: this.bytesHi, field: `${table}.id`, problems: this.byteProblems };
  }

  private hashNumbers(): { count: number; lo: Uint32Array; hi: Uint32Array } {
    const { data, count } = this.numbers;
    const lo = new Uint32Array(count);
    const hi = new Uint32Array(count);
    for (let i = 0; i < count; i += 1) {
      hashIdNumber(data[2 * i]! | 0, data[2 * i + 1]! | 0, this.hash);
      lo[i] = this.hash.lo;
      hi[i] = this.hash.hi;
    }
    return { count, lo, hi };
  }
}

function pick({ count, lo, hi }: HashColumn): { count: number; lo: Uint32Array; hi: Uint32Array } {
  return { count, lo, hi };
}

function hashIdentityText(bytes: Uint8Array, from: number, to: number, out: Hash64): string | undefined {
  if (hashIdText(bytes, from, to, out)) return undefined;
  return `${to - from} bytes, expected 1 to ${LONGEST_ID_BYTES}`;
}
