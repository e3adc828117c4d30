import type { InferenceCalls, TritonCallOptions } from './inference-calls.js';
import type { CudaSharedMemoryRegion, SystemSharedMemoryRegion } from './server-messages.js';

/** A region of system shared memory: part of a file in /dev/shm, with the name that requests use for the region. */
export interface SystemRegistration {
  readonly name: string;
  /** Name of the file in /dev/shm, with a leading slash. */
  readonly key: string;
  /**
   * Start of the region in the file, bytes, a multiple of the page size. Default 0. Keep the default: with another
   * value, servers such as 2.51 access memory that is `byteOffset` bytes too far behind.
   */
  readonly byteOffset?: number;
  readonly byteLength: number;
}

/** A region of GPU memory, with the name that requests use for the region. */
export interface CudaRegistration {
  readonly name: string;
  /** A cudaIpcMemHandle_t. */
  readonly rawHandle: Uint8Array;
  readonly deviceId: number;
  readonly byteLength: number;
}

/** Registers regions of system shared memory at a server. Servers from 26.04 on need `--allow-client-shm=true`. */
export class SystemSharedMemory {
  constructor(private readonly calls: InferenceCalls) {}

  /** Lists the registered regions. @param name default: all @throws TritonError unknown_region for a region that is not registered */
  async status(name = '', options?: TritonCallOptions): Promise<SystemSharedMemoryRegion[]> {
    const { regions } = await this.calls.call('SystemSharedMemoryStatus', { name }, options);
    return Object.values(regions);
  }

  /**
   * Registers a region: the server maps it.
   * @throws TritonError invalid_argument if the name is registered already or the server has no such file (it may run on another
   *   machine); unsupported if the server does not allow shared memory
   */
  async register(region: SystemRegistration, options?: TritonCallOptions): Promise<void> {
    const { name, key, byteOffset = 0, byteLength } = region;
    const request = { name, key, offset: byteOffset, byteSize: byteLength };
    await this.calls.call('SystemSharedMemoryRegister', request, options);
  }

  /** Unregisters a region, or all. No request that uses the region may be in flight. @param name default: all @throws TritonError */
  async unregister(name = '', options?: TritonCallOptions): Promise<void> {
    await this.calls.call('SystemSharedMemoryUnregister', { name }, options);
  }
}

/** Registers regions of GPU memory at a server. */
export class CudaSharedMemory {
  constructor(private readonly calls: InferenceCalls) {}

  /** Lists the registered regions. @param name default: all @throws TritonError */
  async status(name = '', options?: TritonCallOptions): Promise<CudaSharedMemoryRegion[]> {
    const { regions } = await this.calls.call('CudaSharedMemoryStatus', { name }, options);
    return Object.values(regions);
  }

  /** Registers a region. @throws TritonError */
  async register(region: CudaRegistration, options?: TritonCallOptions): Promise<void> {
    const { name, rawHandle, deviceId, byteLength } = region;
    const request = { name, rawHandle, deviceId, byteSize: byteLength };
    await this.calls.call('CudaSharedMemoryRegister', request, options);
  }

  /** Unregisters a region, or all. @param name default: all @throws TritonError */
  async unregister(name = '', options?: TritonCallOptions): Promise<void> {
    await this.calls.call('CudaSharedMemoryUnregister', { name }, options);
  }
}
