import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../src/features/catalogue.js';
import { KEYS } from '../../src/features/keys.js';
import { formatPartRow } from '../../src/pairs/part-file-writer.js';
import type { PartRow } from '../../src/pairs/part-row.js';
import { REPLAY_FEATURES, replay } from '../../src/offline/replay/replay.js';
import { Vocabulary } from '../../src/features/text/vocabulary.js';
import { World } from '../../src/offline/world/world.js';
import { nastyRows, nastyVocabulary } from '../support/requests/nasty-rows.js';

const LONGEST_MS = 300_000;
const FLOAT_TOLERANCE = 1e-6;
const folder = mkdtempSync(join(tmpdir(), 'oracle-'));
afterAll(() => rmSync(folder, { recursive: true }));

const isPythonMissing = spawnSync('python3', ['--version']).status !== 0;
const isOptional = process.env['PAIRSTREAM_REQUIRE_ALL'] !== '1';

/** What the second implementation, in Python, computes: values by feature. */
function computeInPython(
  vocabularyText: string,
  rows: readonly PartRow[],
  warmUpDays: number,
): Map<string, number[]> {
  const [vocabularyPath, partPath, outPath] = ['vocab.txt', 'part.tsv', 'out.csv'].map((name) =>
    join(folder, name),
  );
  writeFileSync(vocabularyPath!, vocabularyText);
  writeFileSync(partPath!, rows.map((row) => `${formatPartRow(row)}\n`).join(''));
  const program = join(import.meta.dirname, 'oracle.py');
  execFileSync('python3', [program, vocabularyPath!, String(warmUpDays), outPath!, partPath!], {
    stdio: 'inherit',
  });
  const [header, ...lines] = readFileSync(outPath!, 'utf8').trimEnd().split('\r\n');
  const values = lines.map((line) => line.split(',').map(Number));
  return new Map(header!.split(',').map((name, column) => [name, values.map((row) => row[column]!)]));
}

/** Columns of a row: features, then the two halves of every key. */
const COLUMNS = [
  ...CATALOGUE.map(({ name, kind }) => ({ name, isExact: kind === 'integer' })),
  ...KEYS.flatMap(({ name }) =>
    ['lo', 'hi'].map((half) => ({ name: `key_${name}_${half}`, isExact: true, isKey: true })),
  ),
];

async function computeHere(
  vocabulary: Vocabulary,
  rows: readonly PartRow[],
  warmUpDays: number,
): Promise<number[][]> {
  const computed: number[][] = [];
  const batches = Array.from({ length: Math.ceil(rows.length / 1_000) }, (_, i) =>
    rows.slice(i * 1_000, (i + 1) * 1_000),
  );
  await replay({
    vocabulary,
    rows: batches,
    warmUpDays,
    sink: {
      append: (_day, appended, values, keys) => {
        const width = REPLAY_FEATURES.length;
        const lanes = 2 * KEYS.length;
        appended.forEach((_, i) =>
          computed.push([
            ...values.subarray(i * width, (i + 1) * width),
            ...keys.subarray(i * lanes, (i + 1) * lanes),
          ]),
        );
        return Promise.resolve();
      },
    },
  });
  return computed;
}

/** Names of the columns that differ, with the first row where they do. */
function differences(here: readonly number[][], python: ReadonlyMap<string, number[]>): string[] {
  return COLUMNS.flatMap(({ name, isExact, ...rest }, column) => {
    const expected = python.get(name);
    const row = here.findIndex((values, i) => {
      const [seen, wanted] = [values[column]!, expected?.[i] ?? Number.NEGATIVE_INFINITY];
      // Features are single precision; keys are not.
      if (isExact) return !Object.is(seen, 'isKey' in rest ? wanted : Math.fround(wanted));
      return !(Math.abs(seen - wanted) <= FLOAT_TOLERANCE * Math.max(1, Math.abs(wanted)));
    });
    return row < 0
      ? []
      : [`${name}: row ${row} is ${here[row]![column]}, the second implementation has ${expected?.[row]}`];
  });
}

describe.skipIf(isPythonMissing && isOptional)(
  'the features, against a second implementation in plain Python',
  () => {
    it(
      'agree on more than 20,000 rows of the synthetic world',
      async () => {
        const world = new World({ seed: 3, userCount: 500, pairsPerDay: 8_000 });
        const rows = [0, 1, 2, 3].flatMap((day) => [...world.generateDay(day)].flat().map(({ row }) => row));
        const text = world.vocabularyText();
        const here = await computeHere(Vocabulary.parse(new TextEncoder().encode(text)), rows, 1);
        const python = computeInPython(text, rows, 1);
        expect(here).toHaveLength(24_000);
        expect([...python.keys()].sort()).toEqual(COLUMNS.map(({ name }) => name).sort());
        expect(python.get('dt_dow')).toHaveLength(24_000);
        expect(differences(here, python)).toEqual([]);
      },
      LONGEST_MS,
    );

    it(
      'agree on texts, ids, media and times at the edges of the definitions',
      async () => {
        const { text, vocabulary } = nastyVocabulary();
        const rows = nastyRows(vocabulary, 4_000, 11);
        const here = await computeHere(vocabulary, rows, 0);
        expect(here).toHaveLength(4_000);
        expect(differences(here, computeInPython(text, rows, 0))).toEqual([]);
      },
      LONGEST_MS,
    );
  },
);
