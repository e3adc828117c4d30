import { readFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { parseDocument } from 'yaml';
import { makeFolder } from '../../files/output-folder.js';
import { writeWholeFile } from '../../files/whole-file.js';

/** Differences of a pipeline file from the one it is made from. */
export interface PipelineChanges {
  /** Paths of the files that the pipeline names, by field. Default: as they are. */
  readonly paths?: Readonly<
    Partial<Record<'vocabulary' | 'languages' | 'statistics' | 'model_repository', string>>
  >;
  /** Width of the vector by tower. Default: as they are. */
  readonly towerWidths?: Readonly<Record<string, number>> | undefined;
}

/**
 * Writes a copy of a pipeline file with changes; comments, order and all other fields stay.
 * @throws TypeError for a tower that the pipeline does not have
 */
export function writePipelineVariant(from: string, to: string, changes: PipelineChanges): void {
  makeFolder(dirname(to));
  const document = parseDocument(readFileSync(from, 'utf8'));
  for (const [field, path] of Object.entries(changes.paths ?? {}))
    document.set(field, relative(dirname(to), path));
  for (const [tower, width] of Object.entries(changes.towerWidths ?? {})) {
    const field = ['models', tower, 'outputs', 'tweet_vector', 'width'];
    if (!document.hasIn(field)) throw new TypeError(`${from}: no ${field.join('.')}`);
    document.setIn(field, width);
  }
  writeWholeFile(to, document.toString({ lineWidth: 0 }));
}
