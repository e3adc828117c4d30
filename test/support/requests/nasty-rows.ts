import { Random } from '../../../src/offline/world/random.js';
import type { PartRow } from '../../../src/pairs/part-row.js';
import { Vocabulary } from '../../../src/features/text/vocabulary.js';

/** Pieces whose combinations the text rules are about. */
const NASTY_PIECES = [
  '@',
  '#',
  '_',
  ':',
  '.',
  '/',
  '?',
  '!',
  '\u00b6',
  'RT',
  'rt',
  'https',
  'http',
  't',
  'co',
  'Retweet',
  'retweet',
  'RETWEET',
  'AB',
  'A',
  '##B',
  '##_',
  '##@',
  '##retweet',
  '[UNK]',
  '[MASK]',
  '[PAD]',
  '[CLS]',
  '\u00c4',
  '##\u00d6',
  '\u0416',
  '\u0130',
  '\u5b57',
  '\u{1f600}',
  '\u00e9',
  '##\u00b6',
  '\u00b6##',
  '##',
  '\u1e9e',
  'x',
  '##y',
  '-',
];
const PHRASES = [
  'RT @ x :',
  'https : / / t . co / x',
  'http : / / t . co /',
  'https : / / t . co',
  '! ?',
  '? !',
  'rt @ x',
];

/** A vocabulary of the nasty pieces. */
export function nastyVocabulary(): { text: string; vocabulary: Vocabulary } {
  const pieces = ['[CLS]', '[SEP]', ...NASTY_PIECES.filter((piece) => piece !== '[CLS]')];
  const text = `${[...new Set(pieces)].join('\n')}\n`;
  return { text, vocabulary: Vocabulary.parse(new TextEncoder().encode(text)) };
}

/** Rows with texts, ids, media and times at the edges of the definitions; the same seed makes the same rows. */
export function nastyRows(vocabulary: Vocabulary, rowCount: number, seed: number): PartRow[] {
  const random = new Random(seed);
  const below = (bound: number): number => Math.floor(random.uniform() * bound);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)]!;
  const idOf = (piece: string): number => vocabulary.idOf(piece)!;
  const tokens = (): number[] => {
    const pieces: string[] = [];
    for (let length = below(12); length > 0; length -= 1) {
      if (below(5) === 0) pieces.push(...pick(PHRASES).split(' '));
      else pieces.push(pick(NASTY_PIECES));
    }
    return below(20) === 0 ? [] : ['[CLS]', ...pieces, '[SEP]'].map(idOf);
  };
  const user = (prefix: string): PartRow['author'] => ({
    id: (prefix + below(9)).padStart(32, '0'),
    followerCount: pick([0, 1, 33_554_433, 5_000, 240]),
    followingCount: pick([0, 1, 999, 33_554_435]),
    isVerified: false,
    accountCreatedAtS: 0,
  });
  let timeS = 1_612_396_800;
  return Array.from({ length: rowCount }, (_, i): PartRow => {
    timeS += pick([0, 0, 1, 60, 1_801]);
    const engaged = (): number | null =>
      below(4) === 0 ? timeS + pick([-90_000, -7, 0, 1, 600, 90_000]) : null;
    return {
      textTokens: tokens(),
      hashtags: Array.from({ length: below(3) }, () => 'A'.repeat(32)),
      tweetId: i.toString(16).padStart(32, '0'),
      media: Array.from({ length: below(5) }, () => pick(['Photo', 'Video', 'GIF'] as const)),
      links: Array.from({ length: below(3) }, () => 'B'.repeat(32)),
      domains: Array.from({ length: below(3) }, () => 'C'.repeat(32)),
      tweetType: pick(['TopLevel', 'Retweet', 'Quote'] as const),
      language: pick(['', '1'.repeat(32), '2'.repeat(32)]),
      tweetCreatedAtS: timeS,
      author: user('a'),
      reader: user('b'),
      authorFollowsReader: below(2) === 0,
      engagementTimesS: [engaged(), engaged(), engaged(), engaged()],
    };
  });
}
