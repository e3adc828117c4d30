import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { TWO_MODEL_FOLDERS } from '../pipelines/cut-pipeline.js';
import { ROOT } from '../gateway/test-gateway.js';

/** A whole treelite checkpoint; its model is another one than those of the repository. */
export const CHECKPOINT = join(ROOT, 'test/triton/fixtures/checkpoint/1/checkpoint.tl');
const SHIPPED = join(ROOT, 'triton-models');

/** A copy of the shipped models of TWO_MODELS that may be changed; their large files are links. */
export class SeededRepository implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'models-'));

  constructor() {
    for (const model of TWO_MODEL_FOLDERS) {
      const version = join(this.path, model, '1');
      mkdirSync(version, { recursive: true });
      cpSync(join(SHIPPED, model, 'config.pbtxt'), join(this.path, model, 'config.pbtxt'));
      for (const file of readdirSync(join(SHIPPED, model, '1')))
        symlinkSync(join(SHIPPED, model, '1', file), join(version, file));
    }
    // Derived, and not in git. The check reads its layout, not its trees.
    this.remove('xgb1/1/checkpoint.tl');
    cpSync(CHECKPOINT, join(this.path, 'xgb1/1/checkpoint.tl'));
  }

  /** Replaces a piece of a model's config.pbtxt, everywhere. @throws Error when it is not in there */
  edit(model: string, piece: string | RegExp, replacement: string): void {
    const path = join(this.path, model, 'config.pbtxt');
    const text = readFileSync(path, 'utf8');
    const edited = text.replaceAll(piece, replacement);
    if (edited === text) throw new Error(`${path}: no ${piece}`);
    writeFileSync(path, edited);
  }

  /** Writes a file, in the place of one that may be there. */
  write(name: string, content: string | Uint8Array): void {
    this.remove(name);
    mkdirSync(dirname(join(this.path, name)), { recursive: true });
    writeFileSync(join(this.path, name), content);
  }

  /** Takes a file or folder away, if it is there. */
  remove(name: string): void {
    rmSync(join(this.path, name), { recursive: true, force: true });
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
