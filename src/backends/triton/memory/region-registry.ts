import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TritonClient } from '../client/triton-client.js';
import { TritonError } from '../client/triton-error.js';
import type { RegionPool } from './region-pool.js';
import { isRegionName, regionName } from './region-sweep.js';
import { SHARED_MEMORY_FOLDER, SharedRegion } from './shared-region.js';

/** A server may still write into a region that was given up: as long as a request may take, and longer. */
const LETTING_GO_MS = 120_000;
const PROBE_BYTES = 4_096;
const PROBE_NUMBER = 0;

/** Regions that one server has mapped. */
export class RegionRegistry {
  private readonly registrations = new Map<SharedRegion, Promise<void>>();
  /** Regions that the pool gave up, and when they were first seen to be. */
  private readonly abandoned = new Map<SharedRegion, number>();

  constructor(
    private readonly client: TritonClient,
    private readonly pool: RegionPool,
    private readonly folder: string = SHARED_MEMORY_FOLDER,
  ) {}

  /** Bytes that the server holds of regions that were given up. */
  get abandonedByteLength(): number {
    let sum = 0;
    for (const region of this.abandoned.keys()) sum += region.byteLength;
    return sum;
  }

  /** Makes sure that the server has mapped a region. @throws TritonError */
  ensure(region: SharedRegion, timeoutMs: number): Promise<void> {
    let registration = this.registrations.get(region);
    if (registration === undefined) {
      registration = this.register(region, timeoutMs);
      this.registrations.set(region, registration);
      registration.catch(() => this.forget(region));
    }
    return registration;
  }

  /** The server does not know a region any more. */
  forget(region: SharedRegion): void {
    this.registrations.delete(region);
  }

  /**
   * Finds out whether the server sees the same memory, and lets go of what crashed gateways have left in it.
   * @returns why shared memory cannot be used; undefined when it can
   */
  async probe(timeoutMs: number): Promise<string | undefined> {
    this.registrations.clear();
    this.abandoned.clear();
    let region: SharedRegion | undefined;
    try {
      region = new SharedRegion(
        `${regionName(PROBE_NUMBER)}-${Math.random().toString(36).slice(2)}`,
        PROBE_BYTES,
        this.folder,
      );
      await this.register(region, timeoutMs);
      await this.client.systemSharedMemory.unregister(region.name, { timeoutMs });
      await this.unregisterLeftovers(timeoutMs);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      region?.unlink();
    }
  }

  /** Makes the server let go of regions that were given up long enough ago. @throws TritonError */
  async tidy(timeoutMs: number, nowMs: number = performance.now()): Promise<void> {
    for (const region of this.registrations.keys()) {
      if (this.pool.has(region)) continue;
      const sinceMs = this.abandoned.get(region) ?? nowMs;
      this.abandoned.set(region, sinceMs);
      if (nowMs - sinceMs < LETTING_GO_MS) continue;
      await this.client.systemSharedMemory.unregister(region.name, { timeoutMs });
      this.abandoned.delete(region);
      this.registrations.delete(region);
    }
  }

  /** Makes the server let go of everything. No call may be in flight. @throws TritonError */
  async unregisterAll(timeoutMs: number): Promise<void> {
    const regions = [...this.registrations.keys()];
    this.registrations.clear();
    this.abandoned.clear();
    await Promise.all(
      regions.map(({ name }) => this.client.systemSharedMemory.unregister(name, { timeoutMs })),
    );
  }

  private async register({ name, key, byteLength }: SharedRegion, timeoutMs: number): Promise<void> {
    try {
      await this.client.systemSharedMemory.register({ name, key, byteLength }, { timeoutMs });
    } catch (error) {
      // A connection that was lost does not tell whether the server was: it may still have it. Names are never used twice.
      if (!(error instanceof TritonError) || !/already in manager/i.test(error.message)) throw error;
    }
  }

  private async unregisterLeftovers(timeoutMs: number): Promise<void> {
    for (const { name } of await this.client.systemSharedMemory.status('', { timeoutMs }))
      if (isRegionName(name) && !existsSync(join(this.folder, name)))
        await this.client.systemSharedMemory.unregister(name, { timeoutMs });
  }
}
