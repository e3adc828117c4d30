import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';

const headerSchema = z.object({
  tokenizers: z.string(),
  classRuns: z.string(),
  vocabulary: z.array(z.string()),
  uncased: z.array(z.string()),
  folds: z.record(z.string(), z.string()),
});
const rowSchema = z.tuple([z.string(), z.array(z.number()), z.array(z.number()), z.array(z.number())]);

/** What make_golden.py wrote. */
export interface GoldenTexts {
  /** Version of the package that made the ids. */
  readonly tokenizers: string;
  /** As CLASS_RUNS. */
  readonly classRuns: string;
  /** Pieces of the second vocabulary. */
  readonly vocabulary: readonly string[];
  /** Pieces of the uncased vocabulary. */
  readonly uncased: readonly string[];
  /** Text that uncased BERT makes of each character that it changes. */
  readonly folds: Readonly<Record<string, string>>;
  readonly rows: readonly {
    readonly text: string;
    /** Ids under the shipped vocabulary. */
    readonly shipped: readonly number[];
    /** Ids under the second vocabulary. */
    readonly second: readonly number[];
    /** Ids under the uncased vocabulary, with do_lower_case. */
    readonly uncased: readonly number[];
  }[];
}

/** Reads golden.jsonl.gz. */
export function readGoldenTexts(): GoldenTexts {
  const content = gunzipSync(readFileSync(join(import.meta.dirname, 'golden.jsonl.gz'))).toString();
  const [header, ...lines] = content.trimEnd().split('\n');
  const rows = lines.map((line) => {
    const [text, shipped, second, uncased] = rowSchema.parse(JSON.parse(line));
    return { text, shipped, second, uncased };
  });
  return { ...headerSchema.parse(JSON.parse(header ?? '')), rows };
}
