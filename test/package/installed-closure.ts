import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** A package with all packages that it depends on, as they lie in node_modules. */
export interface InstalledClosure {
  /** Folders of the packages, the package itself first. */
  readonly folders: readonly string[];
  /** Sum of the file sizes, MB (10^6 bytes). */
  readonly megabytes: number;
}

const manifestSchema = z.object({ dependencies: z.record(z.string(), z.string()).default({}) });

/** Finds a package and its dependencies in a project, by the rules of Node. @throws Error if one is not installed */
export function installedClosure(project: string, name: string): InstalledClosure {
  const folders = new Set<string>();
  const visit = (folder: string): void => {
    if (folders.has(folder)) return;
    folders.add(folder);
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    for (const dependency of Object.keys(manifestSchema.parse(manifest).dependencies))
      visit(findPackage(folder, dependency));
  };
  visit(findPackage(project, name));
  const byteCount = [...folders].reduce((sum, folder) => sum + sizeOf(folder), 0);
  return { folders: [...folders], megabytes: byteCount / 1e6 };
}

function findPackage(from: string, name: string): string {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name);
    if (existsSync(found)) return found;
  }
  throw new Error(`${name} is not installed for ${from}`);
}

/** Bytes of the files of a package, without the packages in its own node_modules. */
function sizeOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(
      (entry) =>
        entry.isFile() && !join(entry.parentPath, '/').slice(folder.length).includes('/node_modules/'),
    )
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
