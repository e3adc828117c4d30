import { join } from 'node:path';
import type { ModelConfig } from '@pairstream/triton-client';
import { type Finding, finding, type LocatedFinding } from '../finding.js';
import { CONFIG_FILE, type ModelFolder } from '../files/model-folder.js';

const EXPECTED = 'expected a whole number without leading zeros, like 1';

/** Checks the version folders, and that the versions the configuration asks for are present. */
export function checkVersions(folder: ModelFolder, config: ModelConfig): LocatedFinding[] {
  const { name: model, path, versions, otherFolders, misnamedVersions } = folder;
  const inFolder = (name: string, found: Finding): LocatedFinding => ({
    ...found,
    model,
    file: join(path, name),
  });
  if (versions.length === 0 && misnamedVersions.length === 0) {
    const seen = otherFolders.length === 0 ? 'none' : `only ${otherFolders.join(', ')}`;
    return [inFolder('', finding('version-missing', 'versions', `${seen}, ${EXPECTED}`))];
  }
  const loaded = loadedVersions(folder, config);
  return [
    ...otherFolders.map((name) =>
      inFolder(
        name,
        finding('version-name', 'versions', `skipped, ${EXPECTED}, or warmup, initial_state or configs`),
      ),
    ),
    ...misnamedVersions.map(({ folder: name, version }) => {
      const rule = loaded.includes(version) ? 'version-misnamed' : 'version-name';
      return inFolder(name, finding(rule, 'versions', `Triton looks for version ${version}, ${EXPECTED}`));
    }),
    ...checkPolicy(folder, config, loaded).map((found) => inFolder(CONFIG_FILE, found)),
  ];
}

/** Versions that Triton loads, from all it lists in the folder. */
function loadedVersions(
  { versions, misnamedVersions }: ModelFolder,
  { versionPolicy }: ModelConfig,
): readonly number[] {
  const listed = [...versions.map(Number), ...misnamedVersions.map(({ version }) => version)];
  const specific = versionPolicy?.specific?.versions;
  if (specific !== undefined) return listed.filter((version) => specific.includes(version));
  if (versionPolicy?.all != null) return listed;
  const count = versionPolicy?.latest?.numVersions ?? 1;
  return listed.toSorted((a, b) => b - a).slice(0, count);
}

function checkPolicy(
  { versions }: ModelFolder,
  { versionPolicy }: ModelConfig,
  loaded: readonly number[],
): Finding[] {
  const field = 'version_policy.specific.versions';
  const among = `expected among the folders: ${versions.join(', ')}`;
  const specific = versionPolicy?.specific?.versions ?? [];
  if (loaded.length === 0) {
    const [seen, place] =
      versionPolicy?.specific == null
        ? ['0, expected 1 or more', 'version_policy.latest.num_versions']
        : [`${specific.length === 0 ? 'none' : specific.join(', ')}, ${among}`, field];
    return [finding('version-none-loaded', place, seen)];
  }
  return specific
    .filter((version) => !loaded.includes(version))
    .map((version) => finding('version-policy', field, `${version}, ${among}`));
}
