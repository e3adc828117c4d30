import { describe, expect, it } from 'vitest';
import { findTweetEntities, type TweetEntities } from './tweet-entities.js';

const NONE: TweetEntities = { hashtags: [], links: [], domains: [] };

/** Texts, and what is found in each; what is not named is nothing. */
const CASES: readonly [string, string, Partial<TweetEntities>][] = [
  ['nothing', '', {}],
  ['words', 'Good morning', {}],
  ['a hashtag', 'Who is coming? #Compilers', { hashtags: ['compilers'] }],
  ['several, with repeats', '#b #a #b', { hashtags: ['b', 'a', 'b'] }],
  ['a hashtag at the start and before a mark', '#a, (#b) "#c"', { hashtags: ['a', 'b', 'c'] }],
  ['a full-width sign', '日本 ＃東京', { hashtags: ['東京'] }],
  ['a hashtag with accents, composed or not', '#Cafe\u0301 #CAFÉ', { hashtags: ['café', 'café'] }],
  ['Hindi with vowel signs', '#हिन्दी', { hashtags: ['हिन्दी'] }],
  ['Persian with a joiner', '#می\u200Cخواهم', { hashtags: ['می\u200Cخواهم'] }],
  ['digits and underscores', '#covid_19 #2021goals', { hashtags: ['covid_19', '2021goals'] }],
  ['digits alone', '#1 #2021', {}],
  ['underscores alone', '#_ #__', {}],
  ['a sign alone', '# #! ##', {}],
  ['two signs', '##a', { hashtags: ['a'] }],
  ['a sign inside a word', 'c#sharp a_#b 1#c &#x27;', {}],
  ['hashtags that touch', '#a#b', { hashtags: ['a'] }],
  ['a keycap emoji', '#\uFE0F\u20E3 #\u20E3a', {}],
  ['a hyphen ends it', '#covid-19', { hashtags: ['covid'] }],
  ['a mention', '@ada', {}],
  [
    'a link',
    'see https://example.com/a?b=c#d now',
    { links: ['https://example.com/a?b=c#d'], domains: ['example.com'] },
  ],
  ['http, any case', 'HTTP://Example.COM', { links: ['HTTP://Example.COM'], domains: ['example.com'] }],
  ['www.', 'https://www.bbc.co.uk/news', { links: ['https://www.bbc.co.uk/news'], domains: ['bbc.co.uk'] }],
  ['www. that is the host', 'https://www.com', { links: ['https://www.com'], domains: ['www.com'] }],
  ['a port', 'https://a.example:8443/x', { links: ['https://a.example:8443/x'], domains: ['a.example'] }],
  [
    'a host of another script',
    'https://münchen.de',
    { links: ['https://münchen.de'], domains: ['münchen.de'] },
  ],
  ['the shortener', 'https://t.co/abc #a', { hashtags: ['a'], links: ['https://t.co/abc'] }],
  [
    'a host that begins like the shortener',
    'https://t.company.com/ https://t.co.uk',
    { links: ['https://t.company.com/', 'https://t.co.uk'], domains: ['t.company.com', 't.co.uk'] },
  ],
  ['repeats', 'http://a.b http://a.b', { links: ['http://a.b', 'http://a.b'], domains: ['a.b', 'a.b'] }],
  [
    'a link at the end of a sentence',
    'Read http://a.example/b. Or (http://a.example/c)!',
    { links: ['http://a.example/b', 'http://a.example/c'], domains: ['a.example', 'a.example'] },
  ],
  [
    'a host at the end of a sentence',
    'at http://a.example.',
    { links: ['http://a.example'], domains: ['a.example'] },
  ],
  [
    'a script without spaces after it',
    '見てhttps 見て https://t.co/abcを見て',
    { links: ['https://t.co/abc'] },
  ],
  ['a cut link', 'RT @a: x https://t.co/ab…', { links: ['https://t.co/ab'] }],
  [
    'quotes and brackets around it',
    '<http://a.example/b> "http://a.example/c"',
    {
      links: ['http://a.example/b', 'http://a.example/c'],
      domains: ['a.example', 'a.example'],
    },
  ],
  ['no host', 'http:// https:///a http://?a', {}],
  ['a host without a dot', 'http://localhost:80/a', {}],
  ['another scheme', 'ftp://a.example mailto:a@a.example xhttp://a.example', {}],
  ['no scheme', 'www.example.com example.com/a', {}],
  [
    'lines and tabs',
    'a\nhttp://a.b\t#c\r\n#d',
    { hashtags: ['c', 'd'], links: ['http://a.b'], domains: ['a.b'] },
  ],
];

describe('findTweetEntities', () => {
  it.each(CASES)('%s', (_name, text, expected) => {
    expect(findTweetEntities(text)).toEqual({ ...NONE, ...expected });
  });

  it.each([
    ['signs', '#'.repeat(60_000), 0],
    ['digits after a sign', `#${'1'.repeat(60_000)}`, 0],
    ['schemes', 'http://'.repeat(9_000), 0],
    ['marks', `http://a.b/${'!'.repeat(30_000)}x${'!'.repeat(30_000)}`, 1],
    ['a host of dots', `http://${'a.'.repeat(30_000)}`, 1],
    ['a host without a dot', `http://${'a'.repeat(60_000)}`, 0],
  ])('reads hostile texts to their end: %s', (_name, text, linkCount) => {
    expect(findTweetEntities(text)).toMatchObject({ hashtags: [], links: { length: linkCount } });
  });
});
