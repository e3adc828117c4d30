/** The part of WebAssembly that the forest uses. TypeScript declares it only in its library for browsers. */
declare namespace WebAssembly {
  class Module {
    private readonly brand;
    constructor(bytes: Uint8Array);
  }
  class Memory {
    /** Sizes in pages of 65,536 bytes. */
    constructor(descriptor: { initial: number; maximum: number; shared: true });
    /** All bytes of the memory. A growth replaces it; earlier buffers keep showing the bytes they had. */
    readonly buffer: SharedArrayBuffer;
    /** @returns the size before, in pages. @throws RangeError beyond the maximum */
    grow(pages: number): number;
  }
  class Instance {
    readonly exports: Readonly<Record<string, unknown>>;
    constructor(module: Module, imports: { env: { memory: Memory } });
  }
}
