import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RegionPool } from './region-pool.js';
import { isRegionName, regionName, sweepRegions } from './region-sweep.js';
import { SharedRegion } from './shared-region.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'regions-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

class Observer {
  regionCount = 0;
  byteLength = 0;
  readonly refusals: string[] = [];

  sharedMemoryChanged(regionCount: number, byteLength: number): void {
    this.regionCount = regionCount;
    this.byteLength = byteLength;
  }

  sharedMemoryRefused(reason: string): void {
    this.refusals.push(reason);
  }
}

describe('SharedRegion', () => {
  it('keeps what is written at an offset, for its owner alone', () => {
    const region = new SharedRegion('r', 4_096, folder);
    region.write(Uint8Array.of(1, 2, 3), 4_000);
    const read = new Uint8Array(5);
    region.read(read, 3_999);
    expect([...read]).toEqual([0, 1, 2, 3, 0]);
    expect(statSync(join(folder, 'r'))).toMatchObject({ size: 4_096 });
    expect(statSync(join(folder, 'r')).mode & 0o777).toBe(0o600);
    expect(() => region.read(read, 4_095)).toThrow('ends at byte 4096');
    region.unlink();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is neither read nor written once it was given up: its number may be that of another file', () => {
    const region = new SharedRegion('r', 4_096, folder);
    region.unlink();
    expect(() => region.read(new Uint8Array(1), 0)).toThrow(/was given up/);
    expect(() => region.write(new Uint8Array(1), 0)).toThrow(/was given up/);
  });

  it('never takes over a file that is there', () => {
    writeFileSync(join(folder, 'r'), 'x');
    expect(() => new SharedRegion('r', 1, folder)).toThrow('EEXIST');
  });
});

describe('RegionPool', () => {
  const MIB = 1_048_576;

  it('gives a region to one call at a time, in sizes of powers of two', () => {
    const observer = new Observer();
    const pool = new RegionPool({ maxBytes: 8 * MIB, folder }, observer);
    const first = pool.acquire(300_000)!;
    const second = pool.acquire(300_000)!;
    expect(first.byteLength).toBe(524_288);
    expect(second).not.toBe(first);
    expect(readdirSync(folder).every(isRegionName)).toBe(true);
    pool.release(first);
    expect(pool.acquire(400_000)).toBe(first);
    expect(observer).toMatchObject({ regionCount: 2, byteLength: MIB });
    pool.close();
    expect(readdirSync(folder)).toEqual([]);
    expect(observer).toMatchObject({ regionCount: 0, byteLength: 0 });
  });

  it('holds its bound, and gives up regions of other sizes that nobody uses', () => {
    const observer = new Observer();
    const pool = new RegionPool({ maxBytes: 2 * MIB, folder }, observer);
    const small = pool.acquire(MIB / 2)!;
    const large = pool.acquire(MIB)!;
    expect(pool.acquire(MIB)).toBeUndefined();
    pool.release(small);
    const third = pool.acquire(MIB)!;
    expect(pool.has(small)).toBe(false);
    expect(observer).toMatchObject({ regionCount: 2, byteLength: 2 * MIB });
    pool.release(large);
    pool.release(third);
    expect(pool.acquire(4 * MIB)).toBeUndefined();
    pool.close();
  });

  it('takes back nothing that it gave up', () => {
    const pool = new RegionPool({ maxBytes: MIB, folder }, new Observer());
    const region = pool.acquire(1)!;
    pool.discard(region);
    pool.release(region);
    expect(pool.acquire(1)).not.toBe(region);
    pool.close();
  });

  it('does without where there is no room or no /dev/shm', () => {
    const observer = new Observer();
    const pool = new RegionPool({ maxBytes: MIB, folder: join(folder, 'none') }, observer);
    expect(pool.acquire(1)).toBeUndefined();
    expect(observer.refusals).toEqual([expect.stringContaining('ENOENT')]);
    pool.close();
  });
});

describe('regionName', () => {
  it('is never the same twice', () => {
    expect(regionName()).not.toBe(regionName());
    expect(isRegionName(regionName())).toBe(true);
  });

  it('differs between the threads of a process', async () => {
    const module = pathToFileURL(join(import.meta.dirname, 'region-sweep.ts')).href;
    const code = `import('${module}').then(({ regionName }) => require('node:worker_threads').parentPort.postMessage(regionName()))`;
    const names = await Promise.all(
      [1, 2].map(async () => String((await once(new Worker(code, { eval: true }), 'message'))[0])),
    );
    expect(new Set([...names, regionName()]).size).toBe(3);
    const processes = [...names, regionName()].map((name) => name.split('-').slice(0, 4).join('-'));
    expect(new Set(processes).size).toBe(1);
  });
});

describe('sweepRegions', () => {
  const SIX_MINUTES_AGO = new Date(Date.now() - 360_000);
  const own = regionName();
  const [, namespace, pid] = own.split('-');
  const reused = own.replace(/-\d+-(\d+-\d+)$/, '-1-$1');
  const ofOtherThread = own.replace(/-\d+-(\d+)$/, '-4194305-$1');
  const ofNobody = `pairstream-${namespace}-4194305-1-0-1`;
  const ofOtherNamespace = `pairstream-1-${pid}-1-0-1`;

  it('removes what dead processes left, and nothing else', () => {
    for (const name of [own, reused, ofOtherThread, ofNobody, ofOtherNamespace, 'another'])
      writeFileSync(join(folder, name), '');
    expect(sweepRegions(folder).toSorted()).toEqual([reused, ofNobody].toSorted());
    expect(readdirSync(folder).toSorted()).toEqual(
      ['another', ofOtherNamespace, ofOtherThread, own].toSorted(),
    );
  });

  it('takes a process of another namespace or another thread for dead when nobody touches its file', () => {
    for (const name of [own, ofOtherThread, ofOtherNamespace]) {
      writeFileSync(join(folder, name), '');
      utimesSync(join(folder, name), SIX_MINUTES_AGO, SIX_MINUTES_AGO);
    }
    expect(sweepRegions(folder).toSorted()).toEqual([ofOtherNamespace, ofOtherThread].toSorted());
  });

  it('is done when a pool is made', () => {
    writeFileSync(join(folder, ofNobody), '');
    new RegionPool({ maxBytes: 1, folder }, new Observer()).close();
    expect(readdirSync(folder)).toEqual([]);
  });
});
