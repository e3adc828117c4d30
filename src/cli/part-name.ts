import { PART_ENDING, unreadableEnding } from '../pairs/unreadable-format.js';

/** The meaning of one name in a folder of part files. */
export type NameMeaning =
  | {
      readonly kind: 'part';
      /** Name without its endings; equal for two copies of one part. */ readonly stem: string;
    }
  | { readonly kind: 'skipped' }
  | { readonly kind: 'refused'; readonly problem: string };

/** Markers that Hadoop, Spark and Databricks write beside the parts, and hidden files, checksums (`.part-00000.crc`) among them. */
const SKIPPED = /^(\..*|_SUCCESS|_committed_.*|_started_.*)$/;
/** Files that `pairstream generate` writes beside its parts. */
const COMPANIONS = /^(truth-.*\.csv(\.gz)?|truth-.*\.arrow|vocab\.txt|world\.json)$/;
/** Hadoop, Spark (`part-00000-<uuid>-c000.csv`, `part-00000-<uuid>.c000.snappy.parquet`), and Hive (`000000_0`). */
const STEM = /^(part-[\w-]+(\.c\d+)?|\d{6}_\d+(_copy_\d+)?)(?=\.|$)/;
const SKIPPED_TEXT = 'skipped are _SUCCESS, _committed_*, _started_* and hidden files';

/** Classifies a file name: a part, a known companion of parts, or a name to refuse because its rows would be left out unnoticed. */
export function meaningOf(name: string): NameMeaning {
  if (SKIPPED.test(name) || COMPANIONS.test(name)) return { kind: 'skipped' };
  if (name.endsWith('.partial'))
    return {
      kind: 'refused',
      problem: 'an unfinished file of a run that is writing or was killed, expected no such file',
    };
  const stem = STEM.exec(name)?.[0];
  const unreadable = stem === undefined ? undefined : unreadableEnding(name);
  if (unreadable !== undefined) return { kind: 'refused', problem: unreadable };
  if (stem !== undefined && PART_ENDING.test(name.slice(stem.length))) return { kind: 'part', stem };
  return {
    kind: 'refused',
    problem: `not the name of a part file (part-*, with no ending, .csv, .tsv or .txt, each with or without .gz; ${SKIPPED_TEXT}): move the file away, or give the part files one by one`,
  };
}
