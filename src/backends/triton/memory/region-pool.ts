import { setInterval } from 'node:timers';
import { regionName, sweepRegions, RENEWAL_INTERVAL_MS } from './region-sweep.js';
import { SHARED_MEMORY_FOLDER, SharedRegion } from './shared-region.js';

const SMALLEST_BYTES = 65_536;
/** Time without new regions after the machine had no memory left, milliseconds. */
const REFUSED_MS = 10_000;

/** Receives events of a pool. */
export interface RegionObserver {
  /** Number of regions and their bytes, after every change. */
  sharedMemoryChanged(regionCount: number, byteLength: number): void;
  /** A region could not be created; until there is space, tensors go by gRPC. */
  sharedMemoryRefused(reason: string): void;
}

/** Bounds of a pool. */
export interface RegionPoolOptions {
  /** Maximum bytes of all regions together. */
  readonly maxBytes: number;
  /** Default /dev/shm. */
  readonly folder?: string;
}

/**
 * Pool of shared memory regions. One call at a time uses a region. Sizes are powers of two, so that batches of different
 * sizes can share regions.
 */
export class RegionPool {
  private readonly free: SharedRegion[] = [];
  private readonly all = new Set<SharedRegion>();
  private byteLength = 0;
  /** Temporary limit after the machine had no memory left. */
  private ceiling: { readonly byteLength: number; readonly untilMs: number } | undefined;
  private isClosed = false;
  private readonly folder: string;
  private readonly renewal: NodeJS.Timeout;
  private readonly unlinkAll = (): void => this.close();

  /** Removes regions of crashed processes and threads, now and at each renewal of its own regions. */
  constructor(
    private readonly options: RegionPoolOptions,
    private readonly observer: RegionObserver,
  ) {
    this.folder = options.folder ?? SHARED_MEMORY_FOLDER;
    sweepRegions(this.folder);
    this.renewal = setInterval(() => this.renew(), RENEWAL_INTERVAL_MS).unref();
    process.once('exit', this.unlinkAll);
  }

  /** Bound of the bytes of all regions together. */
  get maxBytes(): number {
    return this.options.maxBytes;
  }

  /**
   * Acquires a region of at least `byteLength` bytes for one call.
   * @returns undefined if the pool is at its bound or the machine has no memory left
   */
  acquire(byteLength: number): SharedRegion | undefined {
    const size = sizeFor(byteLength);
    const region = this.takeFree(size);
    if (region !== undefined) return region;
    const limit = this.limit(performance.now());
    const freeBytes = this.free.reduce((sum, region) => sum + region.byteLength, 0);
    if (this.isClosed || this.byteLength - freeBytes + size > limit) return undefined;
    this.makeRoom(size, limit);
    return this.make(size);
  }

  /** Returns a region to the pool. The server must not write into it any more. */
  release(region: SharedRegion): void {
    if (this.all.has(region)) this.free.push(region);
  }

  /** Removes a region that a server may still write into. */
  discard(region: SharedRegion): void {
    if (!this.all.delete(region)) return;
    this.byteLength -= region.byteLength;
    region.unlink();
    this.tell();
  }

  /** True if the region still belongs to the pool. */
  has(region: SharedRegion): boolean {
    return this.all.has(region);
  }

  /** True if no call uses the region. */
  isFree(region: SharedRegion): boolean {
    return this.free.includes(region);
  }

  /** Removes all regions. */
  close(): void {
    this.isClosed = true;
    clearInterval(this.renewal);
    process.removeListener('exit', this.unlinkAll);
    this.free.length = 0;
    for (const region of this.all) this.discard(region);
  }

  /** A free region of a size. Regions whose file was removed or truncated are discarded: servers could not map them. */
  private takeFree(byteLength: number): SharedRegion | undefined {
    for (;;) {
      const at = this.free.findIndex((free) => free.byteLength === byteLength);
      const region = this.free[at];
      if (region === undefined) return undefined;
      this.free.splice(at, 1);
      if (region.isIntact()) return region;
      this.discard(region);
    }
  }

  private make(byteLength: number): SharedRegion | undefined {
    try {
      const region = new SharedRegion(regionName(), byteLength, this.folder);
      this.all.add(region);
      this.byteLength += byteLength;
      this.tell();
      return region;
    } catch (error) {
      // Other processes use the memory too. The limit avoids one failed attempt per call.
      this.ceiling = { byteLength: this.byteLength, untilMs: performance.now() + REFUSED_MS };
      this.observer.sharedMemoryRefused(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  /** Current maximum bytes of all regions together. */
  private limit(nowMs: number): number {
    const { maxBytes } = this.options;
    return this.ceiling !== undefined && nowMs < this.ceiling.untilMs
      ? Math.min(maxBytes, this.ceiling.byteLength)
      : maxBytes;
  }

  /** Removes unused regions of other sizes to make space for a new one. */
  private makeRoom(byteLength: number, limit: number): void {
    while (this.byteLength + byteLength > limit) {
      const region = this.free.shift();
      if (region === undefined) return;
      this.discard(region);
    }
  }

  private renew(): void {
    for (const region of this.all) region.renew();
    sweepRegions(this.folder);
  }

  private tell(): void {
    this.observer.sharedMemoryChanged(this.all.size, this.byteLength);
  }
}

function sizeFor(byteLength: number): number {
  return Math.max(SMALLEST_BYTES, 2 ** Math.ceil(Math.log2(byteLength)));
}
