import { describe, expect, it } from 'vitest';
import { RequestBuilder } from '@pairstream/client';
import { encodeRequest } from '@pairstream/client/wire';
import { LanguageTags } from '../../src/gateway/grpc/decode/language-tags.js';
import { PredictRequestReader } from '../../src/gateway/grpc/decode/predict-request-reader.js';
import { toRequestBatch } from '../../src/gateway/grpc/decode/request-batch.js';
import { PairBatchBuilder } from '../../src/pairs/pair-batch-builder.js';
import { WordpieceTokenizer } from '../../src/features/text/wordpiece-tokenizer.js';
import { Vocabulary } from '../../src/features/text/vocabulary.js';
import { World } from '../../src/offline/world/world.js';

const world = new World({ seed: 9, userCount: 300, pairsPerDay: 2_000 });
const vocabulary = Vocabulary.parse(new TextEncoder().encode(world.vocabularyText()));
const rows = [...world.generateDay(0)].flat().map(({ row }) => row);

type Column = Uint8Array | Uint32Array | Float64Array;

/** The entries of a table that count, column by column. */
function tableOf({ count, ...others }: { readonly count: number }): Record<string, number[]> {
  // A column may be absent.
  const columns = Object.fromEntries(
    Object.entries(others as Record<string, Column | undefined>).flatMap(([name, column]) =>
      column === undefined ? [] : [[name, column]],
    ),
  ) as Record<string, Column>;
  const lengthOf = (name: string): number => {
    if (name === 'tokens') return columns['tokenOffset']![count]!;
    if (name === 'media') return columns['mediaOffset']![count]!;
    return name.endsWith('Offset') ? count + 1 : count;
  };
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [name, [...column.subarray(0, lengthOf(name))]]),
  );
}

describe('rows sent over the wire', () => {
  it('become the batch that they are in the process, in every column', () => {
    const [builder, requests] = [new PairBatchBuilder(), new RequestBuilder()];
    for (const row of rows) {
      builder.addPartRow(row);
      requests.addPartRow(row);
    }
    const here = builder.toBatch();
    const reader = new PredictRequestReader({
      maxPairsPerMessage: 10_000,
      tokenizer: new WordpieceTokenizer(vocabulary),
      languages: new LanguageTags(new Map()),
    });
    reader.read(encodeRequest(requests.take(), 1));
    const { batch: sent, invalidPairs } = toRequestBatch(reader, 0);
    expect(invalidPairs).toBeUndefined();
    expect(tableOf(sent.users)).toEqual(tableOf(here.users));
    expect(tableOf(sent.pairs)).toEqual(tableOf(here.pairs));
    expect(tableOf(sent.tweets)).toEqual(tableOf(here.tweets));
    expect(sent.tweets.count).toBeGreaterThan(100);
  });
});
