import { KERNEL_BASE64 } from './generated/kernel.js';

/** The function that the kernel exports (assembly/index.ts). */
export interface Kernel {
  /**
   * Computes rows. Addresses are byte offsets in the memory that the kernel is bound to.
   * @param plan address of the plan
   * @param rows address of the rows, float32 [rowCount, featureCount]
   * @param outs address of the outputs, float32 [rowCount, outputCount]
   * @param scratch address of the scratch of the calling thread
   */
  predict(plan: number, rows: number, rowCount: number, outs: number, scratch: number): void;
}

/** Compiles the kernel. The module can be posted to other threads, so they do not have to compile it again. */
export function compileKernel(): WebAssembly.Module {
  return new WebAssembly.Module(Buffer.from(KERNEL_BASE64, 'base64'));
}

/** Binds a kernel to a memory. @throws TypeError if the module does not export `predict` */
export function instantiateKernel(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernel {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  if (!isKernel(exports)) throw new TypeError('the module has no function predict');
  return exports;
}

function isKernel(exports: object): exports is Kernel {
  return 'predict' in exports && typeof exports.predict === 'function';
}
