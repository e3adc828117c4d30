/** The part of WebAssembly that the forest uses. TypeScript declares it only in its library for browsers. */
declare namespace WebAssembly {
  class Module {
    /** Declared so that TypeScript accepts no other object as a module. Does not exist at run time. */
    private readonly brand;
    constructor(bytes: Uint8Array);
  }
  class Memory {
    /** Sizes in pages of 65,536 bytes. */
    constructor(descriptor: { initial: number; maximum: number; shared: true });
    /** All bytes of the memory. After a growth, this is a longer buffer. Earlier buffers stay valid and share their bytes with it. */
    readonly buffer: SharedArrayBuffer;
    /** @returns the size before, in pages. @throws RangeError beyond the maximum */
    grow(pages: number): number;
  }
  class Instance {
    readonly exports: Readonly<Record<string, unknown>>;
    constructor(module: Module, imports: { env: { memory: Memory } });
  }
}
