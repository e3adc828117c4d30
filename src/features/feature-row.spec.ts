import { describe, expect, it } from 'vitest';
import { type DeclareFeatures, describeFeatures, FeatureRowWriter } from './feature-row.js';

interface Facts {
  readonly words: number;
  readonly links: number;
}

const declare: DeclareFeatures<Facts> = (row, { words, links }) => {
  row.integer('word_count', words, 'words');
  row.float('link_share', links / words, 'links / words', 'the published one counts hosts', 'links');
};

function write(declare: DeclareFeatures<Facts>, width: number, facts: Facts): Float32Array {
  const out = new Float32Array(5).fill(-1);
  const writer = new FeatureRowWriter(width);
  writer.begin(out, 2);
  declare(writer, facts);
  writer.finish();
  return out;
}

describe('declarations', () => {
  it('are the definitions of their features, in their order', () => {
    expect(describeFeatures('pair', declare, { words: 0, links: 0 })).toEqual([
      {
        name: 'word_count',
        rowSpace: 'pair',
        kind: 'integer',
        meaning: 'words',
        published: 'word_count',
        fidelity: 'same',
        reason: '',
      },
      {
        name: 'link_share',
        rowSpace: 'pair',
        kind: 'float',
        meaning: 'links / words',
        published: 'links',
        fidelity: 'changed',
        reason: 'the published one counts hosts',
      },
    ]);
  });

  it('write the values of a row, one after another', () => {
    expect([...write(declare, 2, { words: 4, links: 1 })]).toEqual([-1, -1, 4, 0.25, -1]);
  });

  it.each([
    [0, 'a row has 1 features, expected 2'],
    [2, 'a row has 3 features, expected 2'],
  ])('that %d rows skip or repeat are refused', (repeats, message) => {
    const conditional: DeclareFeatures<Facts> = (row, { words, links }) => {
      row.integer('word_count', words, 'words');
      for (let i = 0; i < repeats; i += 1) row.integer('link_count', links, 'links');
    };
    expect(() => write(conditional, 2, { words: 4, links: 1 })).toThrow(message);
  });
});
