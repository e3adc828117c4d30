import { statfsSync } from 'node:fs';
import type { RootDatabase } from 'lmdb';
import { z } from 'zod';
import { unavailable } from './log-errors.js';

/** Pages that a transaction may take besides one per record: paths of the trees and lists of free pages. */
const SPARE_PAGES = 64;
/** Bytes that stay free on the disk, so that no transaction of LMDB fails in the middle. */
const SPARE_DISK_BYTES = 2 ** 20;

const count = z.number();
const tree = z.object({ treeBranchPageCount: count, treeLeafPageCount: count, overflowPages: count });
const stats = tree.extend({ pageSize: count, lastPageNumber: count, free: tree });

/** Refuses transactions that would let data.mdb grow past its bound, or fill the disk. LMDB itself has no bound that it keeps. */
export class PageBudget {
  /** Transactions after which LMDB reuses the pages that a transaction freed. */
  static readonly DELAY = 2;
  /** Free pages after each of the latest transactions. Pages that were freed since the first of them may not be usable yet. */
  private readonly freeBefore: number[] = [];

  constructor(
    private readonly folder: string,
    private readonly maxBytes: number,
    private readonly database: RootDatabase<Buffer, Buffer>,
  ) {}

  /** @throws PairstreamError EVENT_LOG_UNAVAILABLE if the file or the disk has no space for records */
  check(recordCount: number): void {
    const { pageBytes, fileBytes, freePages } = this.usage();
    const neededPages = recordCount + SPARE_PAGES;
    if (Math.min(freePages, ...this.freeBefore) >= neededPages) return;
    const neededBytes = neededPages * pageBytes;
    if (fileBytes + neededBytes > this.maxBytes)
      throw unavailable(
        this.folder,
        `full: ${fileBytes} of ${this.maxBytes} bytes are in use (PAIRSTREAM_MAX_EVENT_LOG_MB); raise the bound, or find out why no snapshot is written: snapshots trim the log`,
      );
    const { bavail, bsize } = statfsSync(this.folder);
    if (bavail * bsize < neededBytes + SPARE_DISK_BYTES)
      throw unavailable(this.folder, `the disk is full: ${bavail * bsize} bytes are free`);
  }

  /** Pages that hold nothing, or an older version of a page. */
  get freePages(): number {
    return this.usage().freePages;
  }

  /** Bytes of pages that hold records or the trees of LMDB. */
  get usedBytes(): number {
    const { pageBytes, fileBytes, freePages } = this.usage();
    return fileBytes - freePages * pageBytes;
  }

  /** A transaction is durable. */
  committed(): void {
    this.freeBefore.push(this.usage().freePages);
    if (this.freeBefore.length > PageBudget.DELAY + 1) this.freeBefore.shift();
  }

  /** LMDB keeps these numbers, so reading them takes microseconds. */
  private usage(): { pageBytes: number; fileBytes: number; freePages: number } {
    const { free, pageSize, lastPageNumber, ...main } = stats.parse(this.database.getStats());
    const pages = lastPageNumber + 1;
    return {
      pageBytes: pageSize,
      fileBytes: pages * pageSize,
      freePages: pages - 2 - pagesOf(main) - pagesOf(free),
    };
  }
}

function pagesOf({ treeBranchPageCount, treeLeafPageCount, overflowPages }: z.infer<typeof tree>): number {
  return treeBranchPageCount + treeLeafPageCount + overflowPages;
}
