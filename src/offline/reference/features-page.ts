import { CATALOGUE } from '../../features/catalogue.js';
import type { Fidelity } from '../../features/feature-definition.js';
import { KEYS } from '../../features/keys.js';
import { KEY_SETS } from '../../features/key-sets.js';
import { MEDIA_CODE_MEANING } from '../../features/media-code.js';
import { COUNT_REASON, ENCODING_REASON, RAW_REASON } from '../../features/statistics-views.js';
import { HALF_LIFE_DAYS, SMOOTHING_WEIGHT } from '../../statistics/statistics-tables.js';
import { markdownTable, referencePage } from './markdown.js';

const TEXT_DEFINITION = `Text is rebuilt from the token ids: pieces are joined by spaces, \`##\` continuations are glued to the piece before, \`[CLS]\`, \`[SEP]\` and \`[PAD]\` are left out, \`[UNK]\` and \`[MASK]\` become U+FFFD. Then, in this order:

1. no space stays after \`@\`, \`#\` and \`_\`, nor before \`_\`, so that mentions and hashtags are whole again;
2. a link, which is \`http : / / t . co /\` or \`https : / / t . co /\` at the start of a word, becomes the word \`http\`, together with the one word after it (its path);
3. a leading \`RT @\`, in any case, becomes \`@\`;
4. the text of a retweet is cut at its first \`:\` into a *head* (who is retweeted) and a *body*, neither of which has the \`:\`; a retweet without one, and any other tweet, is all body.

The text is head and body together. A word is what stands between spaces. Before words and characters are counted, pilcrows (line breaks) are taken out, and nothing is put in their place; characters are code points.

The first word of a tweet is the first of its body, pilcrows taken out, in lower case: characters below U+0800 become their lower case if that is one character of as many bytes of UTF-8; all others stay.`;

const STATISTICS_DEFINITION = `One table for each key set below holds what happened to every key: its impressions (count), and its engagements of each target (sums). Each event is worth 2^(-age / half-life) at the time the pair is scored for; the half-life is ${HALF_LIFE_DAYS.long} days in the *long* horizon and ${HALF_LIFE_DAYS.recent} days in the *recent* one. An event that arrives late is worth what is left of it. A time before the last event of a key reads it as of that event.

An impression counts from the tweet's time on, an engagement from its own time on (the tweet's, if it is stamped before it). An event is never seen by a row of the same second.

Every feature of statistics is a view of such a record, and nothing is stored twice:

- \`te_<key set>_<target>\`: the smoothed rate (sum + ${SMOOTHING_WEIGHT} · prior) / (count + ${SMOOTHING_WEIGHT}), long horizon. The prior is the target's mean over the warm-up days: engagements before their end, divided by impressions before it. An unseen key has the prior;
- \`te_recent_<key set>_<target>\`: the same in the recent horizon;
- \`te_switch_a_user_id_<target>\` is that of the author, looked up in the table of the readers, \`te_switch_b_user_id_<target>\` that of the reader in the table of the authors;
- \`sum_<key set>_<target>\` and \`count_<key set>\`: sums and count themselves, long horizon;
- \`ce_<key set>\`: the count in the recent horizon; \`ce_switch_...\` as above.

How they stand to the published ones, which are all of other tables:

- rates are changed: ${ENCODING_REASON};
- sums and counts are changed: ${RAW_REASON};
- recent counts are changed: ${COUNT_REASON}.`;

const KEY_DEFINITION = `A key is the hash of its components, in the order listed, 8 little-endian bytes each. The hash is MurmurHash3_x86_128 with seed 0, of which the first 64 bits are kept. The components are:

- author and reader: the hash of the 16 bytes of the user's id;
- language: the hash of the tag's UTF-8 bytes, as it was sent;
- tweet: the hash of its id;
- first word: the hash of its UTF-8 bytes (of none, if there is no word);
- mentions, retweeted user, link domain: as in the keys above, 0 where there is none;
- tweet type, media code, last marks, popularity group: \`tweet_type\`, \`media\`, \`tw_last_quest\`, \`group\`;
- buckets of followers and followings: \`a_follower_bucket\` and its like;
- verified author, verified reader, author follows reader: 1 or 0, 255 where it is not known.

The published key sets have these components, but for \`context\`, where the minutes of \`decline\` are dropped (see above), and for the names: \`follow_buckets\` and \`context\` have none, and \`a_follows_b\` is \`b_follows_a\` there.`;

/** Published features that have no line in the catalogue, because no pipeline should use them. */
const DROPPED: readonly (readonly [published: string, reason: string])[] = [
  [
    'decline',
    'minutes into the half day before the published data end, where late engagements are missing: a trait of the data set, not of a tweet',
  ],
  [
    'dt_day',
    'the day of the month, with the first three days of March counted on from 28: the place of a tweet in the four published weeks',
  ],
  ['b_ff_rate (second stage)', 'another name of `ff_b_ratio`'],
  ['ab_fer_rate (third net)', 'the same as `ab_fer_rate`'],
  ['ab_age_dff (third net)', '`ab_age_dff` with the other sign'],
  [
    'a_age, b_age',
    'the scaled creation time and 128: `a_account_age_days` and `b_account_age_days` say what they meant',
  ],
  [
    'logarithms, means, deviations, minima and maxima of the nets',
    'scaling belongs to a model: it is inside the exported net, with the constants of its training, so a feature has one value for all models',
  ],
  [
    'tw_count_at, tw_count_special1, tw_len_quest, tw_len_retweet, tw_len_rt clipped (second net)',
    'clipping is scaling, too',
  ],
  ['a_user_id32, b_user_id32', 'the last 32 bits of ids, which collide: `a_user_id` and `b_user_id` have 64'],
];

const TOKENS_DEFINITION = `An input of \`tokens\` holds the first so many token ids of the tweet, [CLS] and [SEP] included, padded with 0 (published: 48 or 42): the same.

An input of \`indexes\` holds rows of embedding tables: a key below, looked up in an index map that lies beside the model. 0 stands for a key that the map does not have.`;

const KEYS_DEFINITION = `Ids, languages, hashtags, links and domains are hashed as they are sent; keys of the text (\`tw_...\`) as UTF-8 in lower case, pilcrows taken out. A mention is an \`@\` and the name after it, which is what is hashed: letters, digits, \`_\` and everything beyond ASCII. Where there is nothing to hash the key is 0. Feature files hold every key in a column \`key_<name>\`.`;

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
        describeFidelity(fidelity, reason),
      ]),
    ),
    '## Dropped',
    markdownTable(
      ['Published as', 'Why it is dropped'],
      DROPPED.map(([published, reason]) => [`\`${published}\``, reason]),
    ),
    '## Keys and sequences',
    TOKENS_DEFINITION,
    KEYS_DEFINITION,
    markdownTable(
      ['Key', 'Row space', 'What is hashed', 'Stands to the published one'],
      KEYS.map(({ name, rowSpace, meaning, fidelity, reason }) => [
        `\`${name}\``,
        rowSpace,
        meaning,
        describeFidelity(fidelity, reason),
      ]),
    ),
    '## Statistics',
    STATISTICS_DEFINITION,
    '### Key sets',
    KEY_DEFINITION,
    markdownTable(
      ['Key set', 'Row space', 'Components', 'Horizons'],
      KEY_SETS.map(({ name, rowSpace, components, horizons }) => [
        `\`${name}\``,
        rowSpace,
        components.join(', '),
        horizons.join(', '),
      ]),
    ),
    '### Media codes',
    'The first two media decide, but three GIFs have a code of their own. The published table has no code for two GIFs before something else; here they are two GIFs.',
    markdownTable(
      ['Code', 'Media in order'],
      MEDIA_CODE_MEANING.map((meaning, code) => [String(code), meaning]),
    ),
  ]);
}

/** Reasons that are told once, in the section on statistics. */
const STATISTICS_REASONS = [ENCODING_REASON, RAW_REASON, COUNT_REASON];

function describeFidelity(fidelity: Fidelity, reason: string): string {
  if (reason === '') return fidelity;
  const shared = STATISTICS_REASONS.find((told) => reason.startsWith(told));
  if (shared === undefined) return `${fidelity}: ${reason}`;
  return `${fidelity}: see [statistics](#statistics)${reason.slice(shared.length)}`;
}
