import { CATALOGUE } from '../features/catalogue.js';
import { KEY_SETS } from '../features/key-sets.js';
import { MEDIA_CODE_MEANING } from '../features/media-code.js';
import { LONG_HALF_LIFE_S, SMOOTHING_WEIGHT } from '../lookups/statistics-tables.js';
import { markdownTable, referencePage } from './markdown.js';

const DAY_S = 86_400;

const TEXT_DEFINITION = `Text is rebuilt from the token ids: pieces are joined by spaces, \`##\` continuations are glued to the piece before, \`[CLS]\`, \`[SEP]\` and \`[PAD]\` are left out, \`[UNK]\` and \`[MASK]\` become U+FFFD. Then, in this order:

1. the space after \`@\`, \`#\` and \`_\` goes, and the space before \`_\`, so that mentions and hashtags are whole again;
2. a link of the form \`https : / / t . co / ...\` becomes the word \`http\`;
3. a leading \`RT @\` becomes \`@\`;
4. the text of a retweet is cut at its first \`:\` into a *head* (who is retweeted) and a *body*; any other tweet is all body;
5. words and characters are counted without pilcrows (line breaks); characters are code points.`;

/** docs/reference/features.md: every feature, and how it stands to the published one. */
export function featuresPage(): string {
  return referencePage('Features', [
    'Every feature a pipeline may name. *Row space* tells whether it is computed once per distinct tweet or once per pair. *Stands to the published one*: the published system has several versions of some features; here each has one definition.',
    '## Text',
    TEXT_DEFINITION,
    '## Catalogue',
    markdownTable(
      ['Feature', 'Row space', 'Kind', 'What it is', 'Published as', 'Stands to the published one'],
      CATALOGUE.map(({ name, rowSpace, kind, meaning, published, fidelity, reason }) => [
        `\`${name}\``,
        rowSpace,
        kind,
        meaning,
        `\`${published}\``,
        reason === '' ? fidelity : `${fidelity}: ${reason}`,
      ]),
    ),
    '## Key sets of the target encodings',
    `A target encoding is (sum + ${SMOOTHING_WEIGHT} · prior) / (count + ${SMOOTHING_WEIGHT}): sum and count are a key's engagements and impressions, decayed in event time with a half-life of ${LONG_HALF_LIFE_S / DAY_S} days; the prior is the target's mean over the warm-up days. An unseen key has the prior. A key is the 64-bit hash (the first half of MurmurHash3_x86_128, seed 0) of its components, 8 bytes each.`,
    markdownTable(
      ['Key set', 'Row space', 'Components'],
      KEY_SETS.map(({ name, rowSpace, components }) => [`\`${name}\``, rowSpace, components.join(', ')]),
    ),
    '## Media codes',
    markdownTable(
      ['Code', 'Media in order'],
      MEDIA_CODE_MEANING.map((meaning, code) => [String(code), meaning]),
    ),
  ]);
}
