import { readSync } from 'node:fs';

const MAGIC = 0xbe_ef_c0_de;
const MAGIC_AT = 24;
const PAGE_BYTES_AT = 48;
/** Offsets of the depth and the root page of the tree of free pages and of the tree of records. */
const TREES_AT = [
  { depth: 54, root: 88 },
  { depth: 102, root: 136 },
] as const;
const TRANSACTION_AT = 152;
const HEADER_BYTES = 160;
const PAGE_SIZES = [512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536];

/** Root of a tree. */
export interface TreeRoot {
  readonly page: number;
  /** Levels of the tree; 0: the tree is empty. */
  readonly depth: number;
}

/** Header page of an LMDB file. The file has two, and transactions write them in turn. */
export interface PageHeader {
  readonly pageBytes: number;
  readonly transaction: bigint;
  readonly freePages: TreeRoot;
  readonly records: TreeRoot;
}

/** Reads both headers. The entry of a damaged header is undefined. @param file descriptor, owned by the caller */
export function readHeaders(file: number): (PageHeader | undefined)[] {
  const first = readHeader(file, 0);
  if (first !== undefined) return [first, readHeader(file, first.pageBytes)];
  const seconds = PAGE_SIZES.map((size) => readHeader(file, size));
  return [undefined, seconds.find((header, i) => header?.pageBytes === PAGE_SIZES[i])];
}

/** Header of the newest transaction. @returns undefined if both are damaged */
export function newestOf(headers: readonly (PageHeader | undefined)[]): PageHeader | undefined {
  return headers.reduce((newest, header) => {
    if (newest === undefined || header === undefined) return newest ?? header;
    return header.transaction > newest.transaction ? header : newest;
  }, undefined);
}

function readHeader(file: number, at: number): PageHeader | undefined {
  const bytes = Buffer.alloc(HEADER_BYTES);
  if (readSync(file, bytes, 0, HEADER_BYTES, at) < HEADER_BYTES) return undefined;
  const pageBytes = bytes.readUInt32LE(PAGE_BYTES_AT);
  if (bytes.readUInt32LE(MAGIC_AT) !== MAGIC || !PAGE_SIZES.includes(pageBytes)) return undefined;
  const [freePages, records] = TREES_AT.map(({ depth, root }) => ({
    page: Number(bytes.readBigUInt64LE(root)),
    depth: bytes.readUInt16LE(depth),
  }));
  if (freePages === undefined || records === undefined) return undefined;
  return { pageBytes, transaction: bytes.readBigUInt64LE(TRANSACTION_AT), freePages, records };
}
