import { readFileSync } from 'node:fs';
import { fileProblem } from '../errors/file-problem.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import { Vocabulary, type VocabularyOptions } from '../features/text/vocabulary.js';
import { vocabularyWarnings } from '../features/text/vocabulary-warnings.js';

/** A vocabulary, with warnings that the file may be the wrong one. */
export interface CheckedVocabulary {
  readonly vocabulary: Vocabulary;
  /** One line each, with the path of the file. Empty if nothing is suspicious. */
  readonly warnings: readonly string[];
}

/**
 * Reads a vocab.txt.
 * @param advice added to the error if the file cannot be read
 * @throws PairstreamError INVALID_VOCABULARY with the path of the file
 */
export function readVocabularyFile(
  path: string,
  options: VocabularyOptions = {},
  advice = '',
): CheckedVocabulary {
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch (error) {
    throw invalid(path, `${fileProblem(error)}${advice}`, error);
  }
  try {
    const vocabulary = Vocabulary.parse(file, options);
    return { vocabulary, warnings: vocabularyWarnings(vocabulary).map((warning) => `${path}: ${warning}`) };
  } catch (error) {
    if (!(error instanceof PairstreamError)) throw error;
    throw invalid(path, error.message, error);
  }
}

function invalid(path: string, problem: string, cause: unknown): PairstreamError {
  return new PairstreamError('INVALID_VOCABULARY', `${path}: ${problem}`, { field: path, cause });
}
