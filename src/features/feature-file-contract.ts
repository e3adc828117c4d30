/** Tokens of a row in a feature file: the first so many, padded with zeros. */
export const TOKENS_PER_ROW = 48;

/** Keys of a feature file's metadata: what its values were computed with. */
export const FEATURE_FILE_METADATA = {
  catalogueVersion: 'feature_catalogue',
  vocabularySha256: 'vocabulary_sha256',
} as const;
