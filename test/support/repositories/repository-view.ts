import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../gateway/test-gateway.js';

/** Where commands of the documents write, or what must know its own place: copied, so that nothing reaches the original. */
const COPIED = new Set(['dist', 'examples', 'pipelines', 'triton-models']);
const LEFT_OUT = new Set(['.git', '.work', '.build']);

/** A folder that looks like the root of the repository and may be written to. */
export interface RepositoryView extends Disposable {
  readonly root: string;
}

/**
 * Makes a view of the working tree as it is built, in a temporary folder.
 * @param changed names in the root that will be written to; they are copied, most others are links
 */
export function openRepositoryView(changed: readonly string[] = []): RepositoryView {
  const root = mkdtempSync(join(tmpdir(), 'repository-'));
  for (const name of readdirSync(ROOT)) {
    if (LEFT_OUT.has(name)) continue;
    if (COPIED.has(name) || changed.includes(name))
      cpSync(join(ROOT, name), join(root, name), { recursive: true });
    else symlinkSync(join(ROOT, name), join(root, name));
  }
  mkdirSync(join(root, '.work'));
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}
