import { fstatSync, readSync } from 'node:fs';

/** Kinds of pages of a tree. */
export const BRANCH = 1;
export const LEAF = 2;
const OVERFLOW = 4;
const KIND_BITS = 0x0f;

/** Offsets in the header of a page. Offsets of nodes count from its end. */
const PAGE_HEADER_BYTES = 24;
const TRANSACTION_AT = 8;
const FLAGS_AT = 18;
const LOWER_AT = 20;
const UPPER_AT = 22;

const NODE_HEADER_BYTES = 8;
/** Flag of a node of a leaf: its value is in pages of its own, and the node holds page number, transaction and page count. */
const IN_PAGES = 1;
const IN_PAGES_BYTES = 24;

/** Value of a node of a leaf. */
export interface NodeValue {
  /** Bytes in the leaf itself; undefined: in pages of their own. */
  readonly bytes?: Buffer;
  /** First page and number of the pages of their own. */
  readonly firstPage: number;
  readonly pageCount: number;
}

/** Pages of an LMDB file, read without following a pointer that leaves its page or the file. */
export class PageFile {
  /** Last page that is whole in the file. */
  readonly lastPage: number;

  private readonly header = Buffer.alloc(PAGE_HEADER_BYTES);

  /** @param file descriptor, owned by the caller */
  constructor(
    private readonly file: number,
    readonly pageBytes: number,
  ) {
    this.lastPage = Math.floor(fstatSync(file).size / pageBytes) - 1;
  }

  /** True if the file holds all of these pages, and they are no header pages. */
  has(firstPage: number, pageCount = 1): boolean {
    return firstPage >= 2 && pageCount >= 1 && firstPage + pageCount - 1 <= this.lastPage;
  }

  /** Nodes of a page, each from its start to the end of the page. @returns undefined if the page is damaged or of another kind */
  nodesOf(page: number, kind: number): Buffer[] | undefined {
    const bytes = this.read(page, 1);
    const lower = bytes.readUInt16LE(LOWER_AT);
    const upper = bytes.readUInt16LE(UPPER_AT);
    const size = this.pageBytes - PAGE_HEADER_BYTES;
    if (!isPage(bytes, page, kind) || lower % 2 !== 0 || lower > upper || upper > size) return undefined;
    const nodes: Buffer[] = [];
    for (let i = 0; i < lower / 2; i += 1) {
      const at = bytes.readUInt16LE(PAGE_HEADER_BYTES + 2 * i);
      if (at < upper || at + NODE_HEADER_BYTES > size) return undefined;
      const node = bytes.subarray(PAGE_HEADER_BYTES + at);
      if (NODE_HEADER_BYTES + keyBytesOf(node) > node.length) return undefined;
      nodes.push(node);
    }
    return nodes;
  }

  /** Key of a node. The first node of a branch has none that counts. */
  keyOf(node: Buffer): Buffer {
    return node.subarray(NODE_HEADER_BYTES, NODE_HEADER_BYTES + keyBytesOf(node));
  }

  /** Page that a node of a branch points to. */
  childOf(node: Buffer): number {
    return node.readUIntLE(0, 6);
  }

  /** Value of a node of a leaf. @returns undefined if the node is damaged */
  valueOf(node: Buffer): NodeValue | undefined {
    const byteCount = node.readUInt32LE(0);
    const at = NODE_HEADER_BYTES + keyBytesOf(node);
    if ((node.readUInt16LE(4) & IN_PAGES) === 0) {
      if (at + byteCount > node.length) return undefined;
      return { bytes: node.subarray(at, at + byteCount), firstPage: 0, pageCount: 0 };
    }
    if (at + IN_PAGES_BYTES > node.length) return undefined;
    const firstPage = Number(node.readBigUInt64LE(at));
    const pageCount = Number(node.readBigUInt64LE(at + 16));
    const isLargeEnough = byteCount + PAGE_HEADER_BYTES <= pageCount * this.pageBytes;
    return isLargeEnough ? { firstPage, pageCount } : undefined;
  }

  /** True if the pages of a value are in the file, and the first one has the header of such a page. */
  hasValue(firstPage: number, pageCount: number): boolean {
    if (!this.has(firstPage, pageCount)) return false;
    readSync(this.file, this.header, 0, PAGE_HEADER_BYTES, firstPage * this.pageBytes);
    return isPage(this.header, firstPage, OVERFLOW);
  }

  /** Values that begin in a page, of trees or not: those inside a leaf, and the value of a page of its own with what follows it. */
  valuesIn(page: number): Buffer[] {
    const bytes = this.read(page, 1);
    if (isPage(bytes, page, OVERFLOW)) return [bytes.subarray(PAGE_HEADER_BYTES)];
    const nodes = this.nodesOf(page, LEAF) ?? [];
    return nodes.flatMap((node) => this.valueOf(node)?.bytes ?? []);
  }

  /** Number of the transaction that wrote a page. */
  transactionOf(page: number): number {
    readSync(this.file, this.header, 0, PAGE_HEADER_BYTES, page * this.pageBytes);
    return Number(this.header.readBigUInt64LE(TRANSACTION_AT));
  }

  private read(page: number, count: number): Buffer {
    const bytes = Buffer.alloc(count * this.pageBytes);
    readSync(this.file, bytes, 0, bytes.length, page * this.pageBytes);
    return bytes;
  }
}

function isPage(bytes: Buffer, page: number, kind: number): boolean {
  return bytes.readUIntLE(0, 6) === page && (bytes.readUInt16LE(FLAGS_AT) & KIND_BITS) === kind;
}

function keyBytesOf(node: Buffer): number {
  return node.readUInt16LE(6);
}
