import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for the state of a gateway, removed at the end. */
export class StateFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'pairstream-state-'));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
