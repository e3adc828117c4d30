import { copyFileSync, cpSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { makeFolder } from '../../files/output-folder.js';

/** Files of a trained release. */
export interface TrainedRelease {
  /** Vocabulary, world, statistics and languages. */
  readonly files: readonly string[];
  /** Model repository with the trained models. */
  readonly models: string;
}

/**
 * Copies a trained release into `pipelines/recsys2021` and `triton-models` of a folder. Files are replaced one by one, each
 * by a rename: a release that is served from there stays whole until its successor is. Models of other names stay.
 */
export function installRelease({ files, models }: TrainedRelease, home: string): void {
  const folder = join(home, 'pipelines/recsys2021');
  const repository = join(home, 'triton-models');
  makeFolder(folder);
  makeFolder(repository);
  for (const file of files) {
    const target = join(folder, basename(file));
    if (file === target) continue;
    copyFileSync(file, `${target}.partial`);
    renameSync(`${target}.partial`, target);
  }
  for (const model of readdirSync(models)) {
    if (model.startsWith('.')) continue;
    const target = join(repository, model);
    rmSync(target, { recursive: true, force: true });
    cpSync(join(models, model), target, { recursive: true });
  }
}
