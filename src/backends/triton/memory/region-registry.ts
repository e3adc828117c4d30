import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TritonClient } from '@pairstream/triton-client';
import type { TritonCallOptions } from '@pairstream/triton-client';
import { TritonError } from '@pairstream/triton-client';
import { isUnanswered } from '../triton-fault.js';
import type { RegionPool } from './region-pool.js';
import { isRegionName, regionName } from './region-sweep.js';
import { SHARED_MEMORY_FOLDER, SharedRegion } from './shared-region.js';

/**
 * Time from the abandonment of a region, or from the last loss of the server if that is later, until the region is unregistered,
 * in milliseconds. By then, no running request uses the region. A server crashes if a region is unregistered during a running request.
 */
const UNREGISTER_DELAY_MS = 120_000;
const PROBE_BYTES = 4_096;

/** A region that the server has mapped but no call will use again. */
interface Abandoned {
  readonly byteLength: number;
  /** Instant of the abandonment or of the last loss of the server, on the clock of `performance.now()`, in milliseconds. */
  sinceMs: number;
}

/** Regions that one server has mapped. */
export class RegionRegistry {
  private readonly registrations = new Map<SharedRegion, Promise<void>>();
  private readonly abandoned = new Map<string, Abandoned>();

  constructor(
    private readonly client: TritonClient,
    private readonly pool: RegionPool,
    private readonly folder: string = SHARED_MEMORY_FOLDER,
  ) {}

  /** Bytes of abandoned regions that the server has mapped. */
  get abandonedByteLength(): number {
    let sum = 0;
    for (const { byteLength } of this.abandoned.values()) sum += byteLength;
    return sum;
  }

  /** Registers a region at the server, unless it is registered. Concurrent calls share one registration. @throws TritonError */
  ensure(region: SharedRegion, options: TritonCallOptions): Promise<void> {
    let registration = this.registrations.get(region);
    if (registration === undefined) {
      registration = this.register(region, options);
      this.registrations.set(region, registration);
      registration.catch(() => this.forget(region));
    }
    return registration;
  }

  /** Records that the server no longer knows a region. */
  forget(region: SharedRegion): void {
    this.registrations.delete(region);
  }

  /**
   * Tests whether a newly connected server sees the shared memory of this process. The server may have restarted, so calls register
   * all regions again. Abandoned regions, and those of crashed gateways, stay registered for UNREGISTER_DELAY_MS.
   * @returns the reason why shared memory cannot be used; undefined if it can
   * @throws TritonError down, late, cancelled: the result is unknown
   */
  async probe(timeoutMs: number, nowMs: number = performance.now()): Promise<string | undefined> {
    this.abandonUnused(nowMs);
    this.registrations.clear();
    for (const region of this.abandoned.values()) region.sinceMs = nowMs;
    let region: SharedRegion | undefined;
    try {
      region = new SharedRegion(regionName(), PROBE_BYTES, this.folder);
      await this.register(region, { timeoutMs });
      await this.client.systemSharedMemory.unregister(region.name, { timeoutMs });
      await this.abandonLeftovers(timeoutMs, nowMs);
      return undefined;
    } catch (error) {
      if (error instanceof TritonError && isUnanswered(error)) throw error;
      return error instanceof Error ? error.message : String(error);
    } finally {
      region?.unlink();
    }
  }

  /** Unregisters regions that were abandoned at least UNREGISTER_DELAY_MS ago. @throws TritonError */
  async tidy(timeoutMs: number, nowMs: number = performance.now()): Promise<void> {
    this.abandonUnused(nowMs);
    for (const [name, { sinceMs }] of this.abandoned) {
      if (nowMs - sinceMs < UNREGISTER_DELAY_MS) continue;
      const isGone = await this.unregister(name, timeoutMs);
      if (isGone) this.abandoned.delete(name);
    }
  }

  /** Unregisters all regions that no call uses. @throws TritonError */
  async close(timeoutMs: number): Promise<void> {
    const unused = [...this.registrations.keys()].filter((region) => this.pool.isFree(region));
    this.registrations.clear();
    await Promise.all(unused.map(({ name }) => this.unregister(name, timeoutMs)));
  }

  /** @returns false if the server still uses the region, possibly just after its answer @throws TritonError */
  private async unregister(name: string, timeoutMs: number): Promise<boolean> {
    try {
      await this.client.systemSharedMemory.unregister(name, { timeoutMs });
      return true;
    } catch (error) {
      if (!(error instanceof TritonError)) throw error;
      if (/currently in use/i.test(error.message)) return false;
      // A restarted server without shared memory has no regions.
      if (error.kind === 'unsupported') return true;
      throw error;
    }
  }

  private abandonUnused(nowMs: number): void {
    for (const region of this.registrations.keys()) {
      if (this.pool.has(region)) continue;
      this.registrations.delete(region);
      this.abandoned.set(region.name, { byteLength: region.byteLength, sinceMs: nowMs });
    }
  }

  private async abandonLeftovers(timeoutMs: number, nowMs: number): Promise<void> {
    for (const { name, byteSize } of await this.client.systemSharedMemory.status('', { timeoutMs }))
      if (isRegionName(name) && !this.abandoned.has(name) && !existsSync(join(this.folder, name)))
        this.abandoned.set(name, { byteLength: byteSize, sinceMs: nowMs });
  }

  private async register(region: SharedRegion, options: TritonCallOptions): Promise<void> {
    const { systemSharedMemory } = this.client;
    try {
      await systemSharedMemory.register(region, options);
    } catch (error) {
      if (!(error instanceof TritonError) || !/already in manager/i.test(error.message)) throw error;
      // A lost connection does not tell if the server is the same one: it may still have the region mapped.
      if (await this.isRegistered(region, options)) return;
      // Another client registered other memory under the name: the server would compute on that memory.
      await systemSharedMemory.unregister(region.name, options);
      await systemSharedMemory.register(region, options);
    }
  }

  private async isRegistered(
    { name, key, byteLength }: SharedRegion,
    options: TritonCallOptions,
  ): Promise<boolean> {
    const regions = await this.client.systemSharedMemory.status(name, options);
    return regions.some(
      (seen) => seen.name === name && seen.key === key && seen.byteSize === byteLength && seen.offset === 0,
    );
  }
}
