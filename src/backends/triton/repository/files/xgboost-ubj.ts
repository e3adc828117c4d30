import { readFileSync } from 'node:fs';
import { fileProblem } from '../../../../errors/file-problem.js';
import { PairstreamError } from '../../../../errors/pairstream-error.js';
import { readForest } from '../../../forest/files/read-forest.js';
import { UnsupportedForest } from '../../../forest/files/unsupported-forest.js';
import { finding, type LocatedFinding } from '../finding.js';

/** What is wrong with the trees of an XGBoost model in UBJSON. Models that are no logistic forests are not checked. */
export function checkXgboostUbj(file: string, model: string): LocatedFinding[] {
  try {
    readForest(readFileSync(file), file);
    return [];
  } catch (error) {
    if (error instanceof UnsupportedForest) return [];
    const isDamaged = error instanceof PairstreamError;
    const field = isDamaged && error.field !== undefined && error.field !== '' ? error.field : 'file';
    // A finding names file and field itself.
    const problem = isDamaged
      ? error.message.replace(`${file}: `, '').replace(`${field}: `, '')
      : fileProblem(error);
    return [{ ...finding('model-file-damaged', field, problem), model, file }];
  }
}
