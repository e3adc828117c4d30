import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Exit status of scripts/python-environment.sh on a machine without a fitting Python. */
const NO_PYTHON = 3;

/**
 * Makes the Python environment of the peers in bench/peers, if it is not current.
 * @param root of the repository
 * @param work folder that it goes into
 * @returns path of its Python; undefined on a machine without Python 3.11 or newer
 * @throws Error when the packages could not be installed
 */
export function preparePeers(root: string, work: string): string | undefined {
  return preparePeer(root, 'bench/peers/requirements.lock', work);
}

/** As `preparePeers`, for a peer with packages of its own. @param lockFile path of its locked packages from the root */
export function preparePeer(root: string, lockFile: string, work: string): string | undefined {
  const folder = join(work, 'venv');
  const script = join(root, 'scripts/python-environment.sh');
  const made = spawnSync(script, [join(root, lockFile), folder], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (made.status === NO_PYTHON) return undefined;
  if (made.status !== 0) throw new Error(`${script} failed`);
  return join(folder, 'bin/python');
}
