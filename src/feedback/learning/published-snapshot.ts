import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { openStateSnapshot } from './read-state-snapshot.js';
import { type SnapshotFolder, snapshotPaths } from './snapshot-folder.js';

/**
 * Copies the newest snapshot that another process has published, if it is newer than every snapshot of the own folder. A published
 * snapshot that is damaged, of another release, or removed meanwhile is passed over.
 * @param source folder of published snapshots, for instance the `snapshots` folder of `pairstream build-snapshots`
 * @param origin the release's, see state-origin.ts
 * @param warn is told what was copied, and why a snapshot was passed over
 */
export function adoptPublished(
  own: SnapshotFolder,
  source: string,
  origin: string,
  warn: (line: string) => void,
): void {
  if (!existsSync(source)) {
    warn(`folder ${source} of published snapshots is missing; the snapshots of the state directory are used`);
    return;
  }
  const ownWatermarkS = watermarkOf(own.paths()[0], origin);
  for (const path of snapshotPaths(source)) {
    try {
      const { header } = openStateSnapshot(path);
      if (header.origin !== origin) {
        warn(`${path}: passed over, because it began with another release`);
        continue;
      }
      if (header.watermarkS <= ownWatermarkS) return;
      copyWhole(path, own.nextPath());
      warn(`starts from the published snapshot ${path}`);
      return;
    } catch (error) {
      warn(`${PairstreamError.from(error).message}; the published snapshot before it is used`);
    }
  }
}

function watermarkOf(path: string | undefined, origin: string): number {
  if (path === undefined) return -Infinity;
  try {
    const { header } = openStateSnapshot(path);
    return header.origin === origin ? header.watermarkS : -Infinity;
  } catch {
    return -Infinity;
  }
}

/** Copies a snapshot. The copy is checked before it gets its name. @throws PairstreamError INVALID_SNAPSHOT, OUTPUT_FAILED */
function copyWhole(from: string, to: string): void {
  const partial = `${to}.partial`;
  try {
    copyFileSync(from, partial);
    openStateSnapshot(partial);
    renameSync(partial, to);
  } catch (error) {
    rmSync(partial, { force: true });
    if (error instanceof PairstreamError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new PairstreamError('OUTPUT_FAILED', `${to}: ${reason}`, { field: to, cause: error });
  }
}
