import type { InferenceCalls, TritonCallOptions } from './inference-calls.js';
import type { CudaSharedMemoryRegion, SystemSharedMemoryRegion } from './server-messages.js';

/** A part of a file in /dev/shm, and the name requests call it by. */
export interface SystemRegistration {
  readonly name: string;
  /** Name of the file in /dev/shm, a slash in front. */
  readonly key: string;
  /**
   * Default 0; else whole pages. Better left 0: of a region that does not begin with its file, servers (2.51 is one) read and
   * write this much too far behind.
   */
  readonly byteOffset?: number;
  readonly byteLength: number;
}

/** Memory of a GPU, and the name requests call it by. */
export interface CudaRegistration {
  readonly name: string;
  /** A cudaIpcMemHandle_t. */
  readonly rawHandle: Uint8Array;
  readonly deviceId: number;
  readonly byteLength: number;
}

/** System shared memory that clients registered. Servers from 26.04 on must be started with `--allow-client-shm=true`. */
export class SystemSharedMemory {
  constructor(private readonly calls: InferenceCalls) {}

  /** Regions that are registered. @param name default: all @throws TritonError unknown_region for one that is not */
  async status(name = '', options?: TritonCallOptions): Promise<SystemSharedMemoryRegion[]> {
    const { regions } = await this.calls.call('SystemSharedMemoryStatus', { name }, options);
    return Object.values(regions);
  }

  /**
   * Makes the server map a region.
   * @throws TritonError invalid_argument when it is registered already, or is not there (for the server: it may be on another
   *   machine); unsupported when the server does not allow it
   */
  async register(region: SystemRegistration, options?: TritonCallOptions): Promise<void> {
    const { name, key, byteOffset = 0, byteLength } = region;
    const request = { name, key, offset: byteOffset, byteSize: byteLength };
    await this.calls.call('SystemSharedMemoryRegister', request, options);
  }

  /** Makes the server unmap a region, or all. No request that uses it may be in flight. @throws TritonError */
  async unregister(name = '', options?: TritonCallOptions): Promise<void> {
    await this.calls.call('SystemSharedMemoryUnregister', { name }, options);
  }
}

/** GPU memory that clients registered. */
export class CudaSharedMemory {
  constructor(private readonly calls: InferenceCalls) {}

  /** Regions that are registered. @param name default: all @throws TritonError */
  async status(name = '', options?: TritonCallOptions): Promise<CudaSharedMemoryRegion[]> {
    const { regions } = await this.calls.call('CudaSharedMemoryStatus', { name }, options);
    return Object.values(regions);
  }

  /** Makes the server open a region. @throws TritonError */
  async register(region: CudaRegistration, options?: TritonCallOptions): Promise<void> {
    const { name, rawHandle, deviceId, byteLength } = region;
    const request = { name, rawHandle, deviceId, byteSize: byteLength };
    await this.calls.call('CudaSharedMemoryRegister', request, options);
  }

  /** Makes the server close a region, or all. @throws TritonError */
  async unregister(name = '', options?: TritonCallOptions): Promise<void> {
    await this.calls.call('CudaSharedMemoryUnregister', { name }, options);
  }
}
