import { setInterval } from 'node:timers';
import { regionName, sweepRegions, TOUCH_INTERVAL_MS } from './region-sweep.js';
import { SHARED_MEMORY_FOLDER, SharedRegion } from './shared-region.js';

const SMALLEST_BYTES = 65_536;
/** After the machine had no more memory, it is not asked again for so long. */
const REFUSED_MS = 10_000;

/** What a pool tells of itself. */
export interface RegionObserver {
  /** Regions there are and their bytes, after every change. */
  sharedMemoryChanged(regionCount: number, byteLength: number): void;
  /** A region could not be made; until there is room, tensors go by gRPC. */
  sharedMemoryRefused(reason: string): void;
}

/** Bounds of a pool. */
export interface RegionPoolOptions {
  /** Bytes of all regions together. */
  readonly maxBytes: number;
  /** Default /dev/shm. */
  readonly folder?: string;
}

/**
 * Regions of shared memory for calls in flight: one at a time uses a region, and takes it back when it is answered. Sizes are
 * powers of two, so that batches of any size find one.
 */
export class RegionPool {
  private readonly free: SharedRegion[] = [];
  private readonly all = new Set<SharedRegion>();
  private byteLength = 0;
  /** What the machine has, since it had no more. */
  private ceiling: { readonly byteLength: number; readonly untilMs: number } | undefined;
  private isClosed = false;
  private readonly folder: string;
  private readonly toucher: NodeJS.Timeout;
  private readonly unlinkAll = (): void => this.close();

  /** Removes what processes that crashed have left. */
  constructor(
    private readonly options: RegionPoolOptions,
    private readonly observer: RegionObserver,
  ) {
    this.folder = options.folder ?? SHARED_MEMORY_FOLDER;
    sweepRegions(this.folder);
    this.toucher = setInterval(() => this.touch(), TOUCH_INTERVAL_MS).unref();
    process.once('exit', this.unlinkAll);
  }

  /** Bound of the bytes of all regions together. */
  get maxBytes(): number {
    return this.options.maxBytes;
  }

  /**
   * A region of at least so many bytes, for one call.
   * @returns undefined when the pool is at its bound or the machine has no more
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

  /** Gives a region back. Nothing may write into it any more. */
  release(region: SharedRegion): void {
    if (this.all.has(region)) this.free.push(region);
  }

  /** Gives a region up that a server may still write into. */
  discard(region: SharedRegion): void {
    if (!this.all.delete(region)) return;
    this.byteLength -= region.byteLength;
    region.unlink();
    this.tell();
  }

  /** Whether a region is still one of the pool. */
  has(region: SharedRegion): boolean {
    return this.all.has(region);
  }

  /** Whether no call has a region of the pool. */
  isFree(region: SharedRegion): boolean {
    return this.free.includes(region);
  }

  /** Removes all regions. */
  close(): void {
    this.isClosed = true;
    clearInterval(this.toucher);
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
      // Others use it too: not every call is to find out again that there is no more.
      this.ceiling = { byteLength: this.byteLength, untilMs: performance.now() + REFUSED_MS };
      this.observer.sharedMemoryRefused(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  /** Bytes of all regions together at a time. */
  private limit(nowMs: number): number {
    const { maxBytes } = this.options;
    return this.ceiling !== undefined && nowMs < this.ceiling.untilMs
      ? Math.min(maxBytes, this.ceiling.byteLength)
      : maxBytes;
  }

  /** Regions of other sizes that nobody uses make room for one that is wanted. */
  private makeRoom(byteLength: number, limit: number): void {
    while (this.byteLength + byteLength > limit) {
      const region = this.free.shift();
      if (region === undefined) return;
      this.discard(region);
    }
  }

  private touch(): void {
    for (const region of this.all) region.touch();
  }

  private tell(): void {
    this.observer.sharedMemoryChanged(this.all.size, this.byteLength);
  }
}

function sizeFor(byteLength: number): number {
  return Math.max(SMALLEST_BYTES, 2 ** Math.ceil(Math.log2(byteLength)));
}
