import type { Vocabulary } from './vocabulary.js';

/** Fewer pieces with a capital, as a share, than any cased vocabulary of a script with capitals has. */
const UNCASED_SHARE = 0.001;
/** More pieces with a capital, as a share, than any uncased vocabulary has. */
const CASED_SHARE = 0.01;

/**
 * Signs that a vocabulary and its setting `do_lower_case` do not belong together, one sentence each; empty if there is none.
 */
export function vocabularyWarnings(vocabulary: Vocabulary): string[] {
  const warnings: string[] = [];
  const { size, capitalCount, smallCount, doLowerCase } = vocabulary;
  if (!doLowerCase && smallCount > 0 && capitalCount < UNCASED_SHARE * size)
    warnings.push(
      `${capitalCount} of ${size} pieces have a capital letter, so words with capitals become [UNK]: for an uncased vocabulary set do_lower_case: true in the pipeline file, else name the cased vocabulary`,
    );
  if (doLowerCase && capitalCount > CASED_SHARE * size)
    warnings.push(
      `${capitalCount} of ${size} pieces have a capital letter, which text never has with do_lower_case: true: for a cased vocabulary remove do_lower_case`,
    );
  if (vocabulary.idOf('[PAD]') === undefined)
    warnings.push(`no piece [PAD] in ${size} pieces, every vocabulary of BERT has it: is the file complete?`);
  else if (vocabulary.idOf('[PAD]') !== 0)
    warnings.push(
      `[PAD] has id ${vocabulary.idOf('[PAD]')}, expected 0, which short texts are padded with: is the file in its original order?`,
    );
  return warnings;
}
