import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';

const ROOT = join(import.meta.dirname, '..');
const SOURCE = 'src/backends/forest/assembly/index.ts';
const FOLDER = 'src/backends/forest/generated';
/** The memory comes from outside, is shared, and may have any size. */
const OPTIONS =
  '-O3 --runtime stub --use abort= --importMemory --noExportMemory --sharedMemory --initialMemory 1 ' +
  '--maximumMemory 65536 --enable threads --enable simd --enable relaxed-simd';
const BASE64_LINE = 100;

const binary = await compile();
const lines = Buffer.from(binary)
  .toString('base64')
  .match(new RegExp(`.{1,${BASE64_LINE}}`, 'g'));
if (lines === null) throw new Error(`${SOURCE}: an empty module`);
mkdirSync(join(ROOT, FOLDER), { recursive: true });
writeFileSync(
  join(ROOT, FOLDER, 'kernel.ts'),
  `// Generated from ${SOURCE} by scripts/generate-forest-kernel.ts. Do not edit; run \`make docs\`.

/** The forest kernel: a WebAssembly module in base64. */
export const KERNEL_BASE64 =
${lines.map((line) => `  '${line}'`).join(' +\n')};
`,
);

/** Compiles the kernel. @throws Error with the messages of the compiler */
async function compile(): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const messages: string[] = [];
  const { error } = await asc.main([SOURCE, '--outFile', 'kernel.wasm', ...OPTIONS.split(' ')], {
    stderr: {
      write: (message) =>
        messages.push(typeof message === 'string' ? message : Buffer.from(message).toString()),
    },
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') binary = contents;
    },
  });
  if (error !== null || binary === undefined)
    throw new Error(`${SOURCE}: ${messages.join('')}`, { cause: error });
  return binary;
}
