import { PairstreamError } from '../errors/pairstream-error.js';
import { type ReadStatistics, readSnapshot } from '../statistics/snapshot-file.js';
import type { Vocabulary } from '../features/text/vocabulary.js';

/**
 * Reads a statistics snapshot and checks that its keys were computed with the given vocabulary.
 * @param statistics the snapshot, if it has been read already
 * @throws PairstreamError INVALID_SNAPSHOT as readSnapshot, and for a snapshot of another vocabulary
 */
export function readSnapshotOf(
  path: string,
  vocabulary: Vocabulary,
  statistics: ReadStatistics = readSnapshot(path),
): ReadStatistics {
  if (statistics.vocabularySha256 === vocabulary.sha256) return statistics;
  throw new PairstreamError(
    'INVALID_SNAPSHOT',
    `${path} was made with the vocabulary of SHA-256 ${statistics.vocabularySha256}, expected ${vocabulary.sha256}, that of the vocabulary given`,
    { field: 'vocabularySha256' },
  );
}
