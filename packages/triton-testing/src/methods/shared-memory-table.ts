import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { FakeTritonError, invalidArgument } from '../fake-triton-error.js';

const FOLDER = '/dev/shm';
const PAGE_BYTES = 4_096;

/** A region that a client registered. */
export interface SharedMemoryRegion {
  readonly name: string;
  /** Name of the file in /dev/shm, as the client wrote it. */
  readonly key: string;
  readonly byteOffset: number;
  readonly byteSize: number;
}

interface OpenRegion extends SharedMemoryRegion {
  readonly descriptor: number;
  useCount: number;
  /** False from the end of the process on, when requests may still hold parts. */
  isOpen: boolean;
}

/** Part of a region, in use by a request from `take` to `release`. */
export interface SharedMemoryUse {
  readonly byteSize: number;
  /** Copies the part out of the region. */
  readonly read: () => Uint8Array;
  /** Copies bytes to the beginning of the part. */
  readonly write: (bytes: Uint8Array) => void;
  readonly release: () => void;
}

/** Regions of system shared memory by name; their files in /dev/shm are kept open. */
export class SharedMemoryTable implements Disposable {
  private readonly regions = new Map<string, OpenRegion>();

  /** All regions, or the one of that name. @throws FakeTritonError NOT_FOUND */
  status(name: string): SharedMemoryRegion[] {
    if (name === '') return [...this.regions.values()];
    const region = this.regions.get(name);
    if (region !== undefined) return [region];
    throw new FakeTritonError('NOT_FOUND', `Unable to find system shared memory region: '${name}'`);
  }

  /** @throws FakeTritonError ALREADY_EXISTS, INTERNAL for a file that is not there, INVALID_ARGUMENT for one that is too small */
  register(region: SharedMemoryRegion): void {
    const { name, key, byteOffset, byteSize } = region;
    if (this.regions.has(name))
      throw new FakeTritonError('ALREADY_EXISTS', `shared memory region '${name}' already in manager`);
    // The server looks at the file by a descriptor that it has closed already.
    if ([...this.regions.values()].some((other) => other.key === key))
      throw new FakeTritonError('INTERNAL', `Invalid shared memory region: '${key}'`);
    const descriptor = openFile(key);
    try {
      if (byteOffset + byteSize > fstatSync(descriptor).size) throw unfit(name, 'invalid args');
      if (byteSize === 0 || byteOffset % PAGE_BYTES !== 0)
        throw unfit(name, 'unable to process address spaceInvalid argument');
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    this.regions.set(name, { ...region, descriptor, useCount: 0, isOpen: true });
  }

  /** Unregisters a region, if there is one of that name; all of them for an empty name. @throws FakeTritonError INTERNAL for one in use */
  unregister(name: string): void {
    if (name === '') {
      const inUse = [...this.regions.values()].filter((region) => !this.remove(region));
      if (inUse.length === 0) return;
      const names = inUse.map((region) => `${region.name} ,`).join('');
      throw new FakeTritonError(
        'INTERNAL',
        `Failed to unregister the following system shared memory regions: ${names}`,
      );
    }
    const region = this.regions.get(name);
    if (region !== undefined && !this.remove(region))
      throw new FakeTritonError(
        'INTERNAL',
        `Cannot unregister shared memory region '${name}', it is currently in use.`,
      );
  }

  /** @throws FakeTritonError NOT_FOUND, INVALID_ARGUMENT for a part that does not lie in the region */
  take(name: string, byteOffset: number, byteSize: number): SharedMemoryUse {
    const region = this.regions.get(name);
    if (region === undefined)
      throw new FakeTritonError('NOT_FOUND', `Unable to find shared memory region: '${name}'`);
    if (byteOffset < 0 || byteOffset > region.byteSize)
      throw invalidArgument(`Invalid offset for shared memory region: '${name}'`);
    // Of a length of zero the server computes a last byte before the first.
    const isBeforeRegion = byteSize === 0 && byteOffset === 0;
    if (byteSize < 0 || byteOffset + byteSize > region.byteSize || isBeforeRegion)
      throw invalidArgument(`Invalid offset + byte size for shared memory region: '${name}'`);
    region.useCount += 1;
    const position = region.byteOffset + byteOffset;
    return {
      byteSize,
      read: () => {
        const bytes = new Uint8Array(byteSize);
        if (region.isOpen) readSync(region.descriptor, bytes, 0, byteSize, position);
        return bytes;
      },
      write: (bytes) => {
        if (region.isOpen) writeSync(region.descriptor, bytes, 0, bytes.byteLength, position);
      },
      release: () => {
        region.useCount -= 1;
      },
    };
  }

  /** Forgets all regions, as the end of the process does. */
  [Symbol.dispose](): void {
    for (const region of this.regions.values()) {
      region.isOpen = false;
      closeSync(region.descriptor);
    }
    this.regions.clear();
  }

  private remove(region: OpenRegion): boolean {
    if (region.useCount > 0) return false;
    closeSync(region.descriptor);
    return this.regions.delete(region.name);
  }
}

function openFile(key: string): number {
  const name = key.startsWith('/') ? key.slice(1) : key;
  try {
    if (name === '' || name.includes('/')) throw new RangeError(key);
    return openSync(`${FOLDER}/${name}`, 'r+');
  } catch {
    throw new FakeTritonError('INTERNAL', `Unable to open shared memory region: '${key}'`);
  }
}

function unfit(name: string, reason: string): FakeTritonError {
  return invalidArgument(`failed to register shared memory region '${name}': ${reason}`);
}
