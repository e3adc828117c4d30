import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(import.meta.dirname, '..');
const SOURCE = 'src/backends/forest/assembly/index.ts';
const FOLDER = 'src/backends/forest/generated';
/** The memory comes from outside, is shared, and may have any size. */
const OPTIONS =
  '-O3 --runtime stub --use abort= --importMemory --noExportMemory --sharedMemory --initialMemory 1 ' +
  '--maximumMemory 65536 --enable threads --enable simd --enable relaxed-simd';
const BASE64_LINE = 100;

const lines = compile()
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

/**
 * Compiles the kernel. The compiler runs as a command, because importing it brings types of AssemblyScript into this project.
 * @throws Error if the source has errors, which the compiler writes to stderr
 */
function compile(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'forest-kernel-'));
  try {
    const file = join(folder, 'kernel.wasm');
    const asc = fileURLToPath(import.meta.resolve('assemblyscript/bin/asc.js'));
    execFileSync(process.execPath, [asc, SOURCE, '--outFile', file, ...OPTIONS.split(' ')], {
      cwd: ROOT,
      stdio: 'inherit',
    });
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
