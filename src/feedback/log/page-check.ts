import { closeSync, existsSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { damaged, reasonOf, unavailable } from './log-errors.js';
import { BRANCH, LEAF, PageFile } from './page-file.js';
import { newestOf, readHeaders, type TreeRoot } from './page-header.js';

/**
 * Checks the pages of data.mdb that LMDB follows pointers in, before LMDB opens the file. LMDB maps the file into memory and trusts
 * it: a file that was cut short would end the process with SIGBUS. Pages that only hold events are not read as a whole: their
 * records have checksums. A file that is not there passes.
 * @throws PairstreamError EVENT_LOG_DAMAGED, EVENT_LOG_UNAVAILABLE if the file cannot be read
 */
export function checkPages(folder: string): void {
  const path = join(folder, 'data.mdb');
  if (!existsSync(path)) return;
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw unavailable(folder, `data.mdb cannot be read (${reasonOf(error)})`, error);
  }
  try {
    const problem = problemOf(file);
    if (problem !== undefined) throw damaged(folder, `data.mdb: ${problem}`);
  } finally {
    closeSync(file);
  }
}

function problemOf(file: number): string | undefined {
  const { size } = fstatSync(file);
  // LMDB has created the file and was ended before it wrote the headers.
  if (size === 0) return undefined;
  const headers = readHeaders(file);
  const header = newestOf(headers);
  if (header === undefined || headers.includes(undefined)) return 'a header page is damaged';
  const check = new TreeCheck(new PageFile(file, header.pageBytes));
  const problem =
    check.problemOf(header.freePages, orderOfNumbers) ?? check.problemOf(header.records, orderOfBytes);
  return problem === undefined ? undefined : `${problem} (the file has ${size} bytes)`;
}

type Order = (a: Buffer, b: Buffer) => number;

/** Keys of the tree of free pages are numbers of 8 bytes, little-endian. */
function orderOfNumbers(a: Buffer, b: Buffer): number {
  if (a.length !== 8 || b.length !== 8) return 0;
  return Number(a.readBigUInt64LE() - b.readBigUInt64LE());
}

function orderOfBytes(a: Buffer, b: Buffer): number {
  return a.compare(b);
}

/** Finds the first damage of trees of pages. */
class TreeCheck {
  /** Pages that the trees use. */
  private readonly used: Uint8Array;

  private order: Order = orderOfBytes;
  /** Last key of a leaf. */
  private lastKey: Buffer | undefined;
  /** Key of a branch before the next key of a leaf. */
  private separator: Buffer | undefined;

  constructor(private readonly pages: PageFile) {
    this.used = new Uint8Array(Math.max(0, pages.lastPage + 1));
  }

  /** @param order of the keys, which must ascend */
  problemOf({ page, depth }: TreeRoot, order: Order): string | undefined {
    this.order = order;
    this.lastKey = undefined;
    this.separator = undefined;
    return depth === 0 ? undefined : this.pageProblem(page, depth);
  }

  private pageProblem(page: number, depth: number): string | undefined {
    const claimed = this.claim(page, 1);
    if (claimed !== undefined) return claimed;
    const isLeaf = depth === 1;
    const nodes = this.pages.nodesOf(page, isLeaf ? LEAF : BRANCH);
    if (nodes === undefined) return `page ${page} is damaged`;
    for (const [i, node] of nodes.entries()) {
      // A branch separates its children by keys: above all keys of the one child, and at most the first key of the next one.
      const key = isLeaf || i > 0 ? this.pages.keyOf(node) : undefined;
      if (key !== undefined && !this.ascends(key, isLeaf)) return `page ${page} is damaged`;
      const problem = isLeaf
        ? this.valueProblem(page, node)
        : this.pageProblem(this.pages.childOf(node), depth - 1);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  private ascends(key: Buffer, isLeaf: boolean): boolean {
    const isAbove = this.lastKey === undefined || this.order(key, this.lastKey) > 0;
    const isInRange = this.separator === undefined || this.order(key, this.separator) >= 0;
    if (isLeaf) {
      this.lastKey = key;
      this.separator = undefined;
    } else this.separator = key;
    return isAbove && isInRange;
  }

  private valueProblem(page: number, node: Buffer): string | undefined {
    const value = this.pages.valueOf(node);
    if (value === undefined) return `page ${page} is damaged`;
    if (value.bytes !== undefined) return undefined;
    const claimed = this.claim(value.firstPage, value.pageCount);
    if (claimed !== undefined) return claimed;
    return this.pages.hasValue(value.firstPage, value.pageCount)
      ? undefined
      : `page ${value.firstPage} is damaged`;
  }

  private claim(first: number, count: number): string | undefined {
    if (!this.pages.has(first, count)) return `page ${first} is not in the file`;
    for (let page = first; page < first + count; page += 1) {
      if (this.used[page] === 1) return `page ${page} is used twice`;
      this.used[page] = 1;
    }
    return undefined;
  }
}
