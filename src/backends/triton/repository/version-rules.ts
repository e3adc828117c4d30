import { join } from 'node:path';
import type { ModelConfig } from '../client/model-config.js';
import { finding, type LocatedFinding } from './finding.js';
import { CONFIG_FILE, type ModelFolder } from './model-folder.js';

/** Whether there are versions, and those that the configuration asks for. */
export function checkVersions(
  { name: model, path, versions, otherFolders }: ModelFolder,
  config: ModelConfig,
): LocatedFinding[] {
  if (versions.length === 0) {
    const seen = otherFolders.length === 0 ? 'none' : `only ${otherFolders.join(', ')}`;
    const problem = `${seen}, expected a folder named by a whole number from 1, like 1`;
    return [{ ...finding('version-missing', 'versions', problem), model, file: path }];
  }
  const specific = config.versionPolicy?.specific?.versions ?? [];
  return [
    ...otherFolders.map((folder) => ({
      ...finding(
        'version-name',
        'versions',
        'passed over, expected a whole number from 1, without leading zeros, or warmup or configs',
      ),
      model,
      file: join(path, folder),
    })),
    ...specific
      .filter((version) => !versions.includes(String(version)))
      .map((version) => ({
        ...finding(
          'version-policy',
          'version_policy.specific.versions',
          `${version}, expected among the folders: ${versions.join(', ')}`,
        ),
        model,
        file: join(path, CONFIG_FILE),
      })),
  ];
}
