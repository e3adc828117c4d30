import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JoinedText } from './joined-text.js';
import { Vocabulary } from './vocabulary.js';

const PIECES =
  '[CLS] [SEP] [UNK] [PAD] @ # _ __a a_ b# h http https ##ttps ##s : / t . co ##co internationally ##internationally é ##日本語日本 😀'.split(
    ' ',
  );
const vocabulary = Vocabulary.parse(new TextEncoder().encode(PIECES.join('\n')));
const ADDRESS = ['https', ':', '/', '/', 't', '.', 'co', '/'];

function join(joined: JoinedText, pieces: readonly string[]): string {
  const tokens = Uint32Array.from(pieces, (piece) => PIECES.indexOf(piece));
  joined.join(tokens, 0, tokens.length);
  return new TextDecoder().decode(joined.buffer.subarray(0, joined.end));
}

/** The same by strings, one step after the other. */
function joinSlowly(pieces: readonly string[]): string {
  let text = '';
  for (const piece of pieces) {
    if (['[CLS]', '[SEP]', '[PAD]'].includes(piece)) continue;
    const isWord = !piece.startsWith('##') || piece === '##';
    const shown = piece === '[UNK]' ? '\uFFFD' : isWord ? piece : piece.slice(2);
    if (text !== '' && isWord && !/[@#_]$/.test(text) && !shown.startsWith('_')) text += ' ';
    text += shown;
  }
  return text.replaceAll(/(^| )https? : \/ \/ t \. co \/( [^ ]+)?/g, '$1http');
}

describe('JoinedText', () => {
  it('joins, glues and collapses as the slow way does, tweet after tweet', () => {
    const joined = new JoinedText(vocabulary);
    const stretch = fc.oneof(
      fc.constantFrom(...PIECES).map((piece) => [piece]),
      fc.constant(ADDRESS),
    );
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 30 }), (stretches) => {
        const pieces = stretches.flat();
        expect(join(joined, pieces)).toBe(joinSlowly(pieces));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    [['h', '##ttps', ...ADDRESS.slice(1), 'a_', '@', 'co'], 'http'],
    [[...ADDRESS, 'co', '##s', '@', 'h'], 'http @h'],
    [['##ttps', 'https', ...ADDRESS.slice(1)], 'ttps http'],
    [[...ADDRESS, ...ADDRESS], 'http : / / t . co /'],
    [[...ADDRESS, '##co', 'b#'], 'httpco b#'],
  ])('collapses %j to %s', (pieces, expected) => {
    expect(join(new JoinedText(vocabulary), pieces)).toBe(expected);
  });

  it('grows for long texts', () => {
    const pieces = Array.from({ length: 2_000 }, () => 'internationally');
    expect(join(new JoinedText(vocabulary), pieces)).toBe(pieces.join(' '));
  });
});
