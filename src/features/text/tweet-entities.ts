/** The hashtags, links and link domains of a text, in its order, with repeats. */
export interface TweetEntities {
  /** Without `#`, in lower case, composed (NFC). */
  readonly hashtags: readonly string[];
  /** As they stand in the text. */
  readonly links: readonly string[];
  /** Host names in lower case, without `www.`; links at t.co have none. */
  readonly domains: readonly string[];
}

/**
 * `http://` or `https://` in either case, not inside a word; a host with a dot; an optional port; then a path of ASCII
 * characters, so that a script without spaces may follow the link. The host is group 1.
 */
const LINK =
  /(?<![\p{L}\p{M}\p{N}_])https?:\/\/((?:[\p{L}\p{M}\p{N}-]+\.)+[\p{L}\p{M}\p{N}-]+)(?::\d+)?(?:[/?#][!#-;=?-_a-z|~]*)?/giu;
/** Punctuation of the sentence around a link, which does not belong to the link. */
const TRAILING_MARKS = ".,;:!?'*)]";
/**
 * `#`, not inside a word, an HTML entity (`&#39;`) or a keycap emoji, and the letters, marks, digits, `_`, joiners and middle dots
 * (Catalan `·`, Japanese `・`) after it. The name is group 1.
 */
const HASHTAG = /(?<![\p{L}\p{M}\p{N}_&])[#＃](?![\uFE0F\u20E3])([\p{L}\p{M}\p{N}_\p{Join_Control}·・]+)/gu;
const LETTER = /\p{L}/u;
/** Twitter's link shortener. Every link may have this host, so it says nothing about the link. */
const SHORTENER = 't.co';

/**
 * Finds the hashtags, links and link domains of a tweet's text.
 *
 * - A link has a scheme (http or https) and a host with a dot. It ends before white space, before any of <>"`{}, and
 *   before the first character after the host that is not ASCII. Punctuation at its end (.,;:!?'*)]) does not belong to it.
 * - A hashtag is # or its full-width form at the start of a word, followed by letters, marks, digits, _, joiners or
 *   middle dots, at least one of them a letter. A hashtag inside a link does not count.
 */
export function findTweetEntities(text: string): TweetEntities {
  const hashtags: string[] = [];
  const links: string[] = [];
  const domains: string[] = [];
  const rest = text.replaceAll(LINK, (found: string, host: string) => {
    links.push(withoutTrailingMarks(found));
    const domain = host.toLowerCase().replace(/^www\.(?=.*\.)/, '');
    if (domain !== SHORTENER) domains.push(domain);
    return ' ';
  });
  for (const [, name = ''] of rest.matchAll(HASHTAG))
    if (LETTER.test(name)) hashtags.push(name.toLowerCase().normalize('NFC'));
  return { hashtags, links, domains };
}

/** Removes punctuation in a loop: a regular expression would take quadratic time for a hostile link. */
function withoutTrailingMarks(link: string): string {
  let end = link.length;
  while (TRAILING_MARKS.includes(link[end - 1]!)) end -= 1;
  return link.slice(0, end);
}
