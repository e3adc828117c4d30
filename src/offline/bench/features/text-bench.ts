import { readFileSync } from 'node:fs';
import type { PartRow } from '../../../pairs/part-row.js';
import { PieceTrie } from '../../../features/text/piece-trie.js';
import { PIECE_KIND, Vocabulary } from '../../../features/text/vocabulary.js';
import { WordpieceTokenizer } from '../../../features/text/wordpiece-tokenizer.js';
import { type Spread, spreadOf, timeUs } from '../measurement.js';
import type { Figure } from '../result.js';

const ROUNDS = 20;
const GROUP_TWEETS = 500;
const LONG_TEXT_BYTES = 100_000;

/** Text to wordpieces on one core: the texts of rows, rebuilt from their tokens; and one long text without a space. */
export function benchText(vocabularyPath: string, rows: readonly PartRow[]): Figure[] {
  const vocabulary = Vocabulary.parse(readFileSync(vocabularyPath));
  const tokenizer = new WordpieceTokenizer(vocabulary);
  const texts = rows.map(({ textTokens }) => textOf(textTokens, vocabulary));
  const byteCount = texts.reduce((sum, { length }) => sum + length, 0);
  const tokenCount = texts.reduce((sum, text) => sum + tokenizer.encode(text, 0, text.length), 0);
  const perTweet = measureTweets(tokenizer, texts);
  const perToken = scale(perTweet, (1_000 * texts.length) / tokenCount);
  const longText = new Uint8Array(LONG_TEXT_BYTES).fill(0x61);
  const longUs = repeat(() => tokenizer.encode(longText, 0, longText.length));
  const setting = `${(byteCount / texts.length).toFixed(0)} bytes and ${(tokenCount / texts.length).toFixed(1)} tokens a tweet`;
  return [
    { name: 'text to wordpieces', unit: 'us/tweet', ...perTweet, note: setting },
    { name: 'text to wordpieces, by token', unit: 'ns/token', ...perToken, note: setting },
    { name: 'one word of 100,000 letters', unit: 'us', ...longUs, note: 'is [UNK]' },
    { name: 'trie of the vocabulary, built', unit: 'us', ...repeat(() => new PieceTrie(vocabulary)) },
    {
      name: 'trie of the vocabulary, memory',
      unit: 'bytes/piece',
      value: new PieceTrie(vocabulary).byteLength / vocabulary.size,
    },
  ];
}

type SpreadFigure = Pick<Figure, 'value' | 'p10' | 'p90'>;

/** Microseconds per tweet of groups of tweets, over several rounds; the first round warms up and is left out. */
function measureTweets(tokenizer: WordpieceTokenizer, texts: readonly Uint8Array[]): SpreadFigure {
  const samples: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (let from = 0; from < texts.length; from += GROUP_TWEETS) {
      const group = texts.slice(from, from + GROUP_TWEETS);
      const elapsedUs = timeUs(() => {
        for (const text of group) tokenizer.encode(text, 0, text.length);
      });
      if (round > 0) samples.push(elapsedUs / group.length);
    }
  }
  return toFigure(spreadOf(samples));
}

function repeat(run: () => void): SpreadFigure {
  return toFigure(spreadOf(Array.from({ length: ROUNDS }, () => timeUs(run))));
}

function toFigure({ median, p10, p90 }: Spread): SpreadFigure {
  return { value: median, p10, p90 };
}

function scale({ value, p10 = Number.NaN, p90 = Number.NaN }: SpreadFigure, by: number): SpreadFigure {
  return { value: value * by, p10: p10 * by, p90: p90 * by };
}

/** A text that has these tokens: words with spaces between them. */
function textOf(tokens: readonly number[], { bytes, offset, kind }: Vocabulary): Uint8Array {
  const parts = tokens.map((id) => {
    if (kind[id] === PIECE_KIND.silent) return '';
    const piece = Buffer.from(bytes.subarray(offset[id], offset[id + 1])).toString();
    return kind[id] === PIECE_KIND.word ? ` ${piece}` : piece;
  });
  return Buffer.from(parts.join('').trimStart());
}
