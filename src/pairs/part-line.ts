import { PairstreamError } from '../errors/pairstream-error.js';
import { shownField } from '../errors/shown-field.js';
import { engagementProblem } from './engagement-time.js';
import { COLUMN_COUNTS, COLUMN_SEPARATOR, isMisread, lineProblem } from './line-shape.js';
import {
  type EngagementTimes,
  MEDIA_CODE,
  type MediaName,
  type PartRow,
  type PartUser,
  TWEET_TYPE_CODE,
  type TweetTypeName,
} from './part-row.js';
import { LATEST_TIME_S, unitHint } from './unix-time.js';

const ITEM = '\t';
/** Names of the columns of a part file, in order. */
export const COLUMN_NAMES = [
  'text_tokens',
  'hashtags',
  'tweet_id',
  'present_media',
  'present_links',
  'present_domains',
  'tweet_type',
  'language',
  'tweet_timestamp',
  'engaged_with_user_id',
  'engaged_with_user_follower_count',
  'engaged_with_user_following_count',
  'engaged_with_user_is_verified',
  'engaged_with_user_account_creation',
  'engaging_user_id',
  'engaging_user_follower_count',
  'engaging_user_following_count',
  'engaging_user_is_verified',
  'engaging_user_account_creation',
  'engagee_follows_engager',
  'reply_timestamp',
  'retweet_timestamp',
  'retweet_with_comment_timestamp',
  'like_timestamp',
] as const;
const TWEET_ID = 2;
const LABELLED_COLUMNS = 24;
/** NULL of Hive, and the empty text of Spark. */
const EMPTY_FIELDS: ReadonlySet<string> = new Set(['', '\\N', '""']);
/** A whole number as programs write it that keep numbers as doubles: `5.0`, `1.6E9`. */
const DECIMAL = /^\d+(?:\.\d*)?(?:e\+?\d+)?$/i;
const ID = /^[0-9A-Fa-f]{32}$/;
const WHOLE_NUMBER = /^-?\d{1,15}$/;
const COUNT = /^\d{1,15}$/;
/** A whole number with more digits than a count may have. */
const LONG_NUMBER = /^\d{16,}$/;
const LARGEST_COUNT = 999_999_999_999_999;
const LARGEST_TOKEN = 0xff_ff_ff_ff;

/** Position of a line, for errors. */
export interface LinePosition {
  readonly path: string;
  /** From 1. */
  readonly line: number;
}

/** Treatment of the four label columns: `parsed` where a file has them, `required` in every line, or `ignored` without a check. */
export type LabelReading = 'parsed' | 'required' | 'ignored';

/**
 * Cuts a line of a part file (no newline) into its columns.
 * @throws PairstreamError INVALID_DATA_FILE for a line that is not of 20 or 24 columns, or is a header
 */
export function splitPartLine(line: string, position: LinePosition): string[] {
  const fields = line.split(COLUMN_SEPARATOR);
  if (!COLUMN_COUNTS.includes(fields.length) || isMisread(fields[TWEET_ID]!))
    throw lineError(position, lineProblem(line, fields.length));
  return fields;
}

/**
 * Parses the columns of one line. Where a column may be empty, Hive's NULL (`\\N`) and Spark's `""` are empty, too.
 * @throws PairstreamError INVALID_DATA_FILE that names file, line, column number (from 1) and column name
 */
export function parsePartRow(
  fields: readonly string[],
  position: LinePosition,
  labels: LabelReading = 'parsed',
): PartRow {
  if (labels === 'required' && fields.length !== LABELLED_COLUMNS)
    throw lineError(position, `${fields.length} columns, expected ${LABELLED_COLUMNS} with labels`);
  const columns = new LineColumns(fields, position);
  const tweetCreatedAtS = columns.whole(8);
  const hasLabels = labels !== 'ignored' && fields.length === LABELLED_COLUMNS;
  return {
    textTokens: columns.tokens(0),
    hashtags: columns.hashes(1),
    tweetId: columns.id(TWEET_ID),
    media: columns.media(3),
    links: columns.hashes(4),
    domains: columns.hashes(5),
    tweetType: columns.tweetType(6),
    language: columns.language(7),
    tweetCreatedAtS,
    author: columns.user(9),
    reader: columns.user(14),
    authorFollowsReader: columns.flag(19),
    engagementTimesS: hasLabels ? columns.engagements(20, tweetCreatedAtS) : undefined,
  };
}

/** An error of a whole line. */
export function lineError({ path, line }: LinePosition, problem: string): PairstreamError {
  return new PairstreamError('INVALID_DATA_FILE', `${path}, line ${line}: ${problem}`, {
    field: `line ${line}`,
  });
}

/** The fields of one line, parsed by column. */
class LineColumns {
  constructor(
    private readonly fields: readonly string[],
    private readonly position: LinePosition,
  ) {}

  user(at: number): PartUser {
    return {
      id: this.id(at),
      followerCount: this.count(at + 1),
      followingCount: this.count(at + 2),
      isVerified: this.flag(at + 3),
      accountCreatedAtS: this.whole(at + 4),
    };
  }

  tokens(at: number): number[] {
    return this.list(at).map((item) => {
      const token = Number(item);
      if (!COUNT.test(item) || token > LARGEST_TOKEN)
        throw this.error(at, item, 'wordpiece ids between TABs');
      return token;
    });
  }

  list(at: number): string[] {
    const field = this.nullable(at);
    if (field === '') return [];
    const items = field.split(ITEM);
    return items.includes('\\N') ? items.filter((item) => item !== '\\N') : items;
  }

  /** A list of hashes. Each is checked: `null`, `[]` or a list with commas would otherwise count as one hash. */
  hashes(at: number): string[] {
    const items = this.list(at);
    for (const item of items)
      if (!ID.test(item)) throw this.error(at, item, '32 hexadecimal digits each, between TABs, or nothing');
    return items;
  }

  id(at: number): string {
    const field = this.fields[at]!;
    if (!ID.test(field)) throw this.error(at, field, '32 hexadecimal digits');
    return field;
  }

  /** A few published rows have no language: it is then the empty text, a language of its own. */
  language(at: number): string {
    return this.nullable(at) === '' ? '' : this.id(at);
  }

  media(at: number): MediaName[] {
    return this.list(at).map((name) => {
      if (!isMediaName(name)) throw this.error(at, name, 'Photo, Video or GIF between TABs');
      return name;
    });
  }

  /** A tweet without a type counts as top level, as in the published code. */
  tweetType(at: number): TweetTypeName {
    const field = this.nullable(at);
    if (field === '') return 'TopLevel';
    if (!isTweetTypeName(field)) throw this.error(at, field, 'TopLevel, Retweet, Quote or nothing');
    return field;
  }

  count(at: number): number {
    const field = this.fields[at]!;
    if (LONG_NUMBER.test(field)) throw this.error(at, field, `a whole number from 0 to ${LARGEST_COUNT}`);
    if (!COUNT.test(field)) throw this.numberError(at, field, 'a whole number of 0 or more');
    return Number(field);
  }

  whole(at: number): number {
    const field = this.fields[at]!;
    if (!WHOLE_NUMBER.test(field)) throw this.numberError(at, field, 'Unix seconds');
    return Number(field);
  }

  flag(at: number): boolean {
    const field = this.fields[at]!;
    if (field !== 'true' && field !== 'false') throw this.error(at, field, 'true or false');
    return field === 'true';
  }

  /** @param tweetS time of the tweet, Unix seconds, which no engagement can be before */
  engagements(at: number, tweetS: number): EngagementTimes {
    return [
      this.engagement(at, tweetS),
      this.engagement(at + 1, tweetS),
      this.engagement(at + 2, tweetS),
      this.engagement(at + 3, tweetS),
    ];
  }

  private engagement(at: number, tweetS: number): number | null {
    const field = this.nullable(at);
    if (field === '') return null;
    const timeS = Number(field);
    const isWhole = WHOLE_NUMBER.test(field);
    const problem = isWhole || DECIMAL.test(field) ? engagementProblem(timeS, tweetS) : undefined;
    if (problem !== undefined) throw this.columnError(at, problem);
    if (!isWhole) throw this.numberError(at, field, 'Unix seconds, or nothing');
    return timeS;
  }

  /** A field that may be empty. */
  private nullable(at: number): string {
    const field = this.fields[at]!;
    return EMPTY_FIELDS.has(field) ? '' : field;
  }

  private numberError(at: number, seen: string, expected: string): PairstreamError {
    const value = DECIMAL.test(seen) ? Number(seen) : Number.NaN;
    if (value > LATEST_TIME_S && unitHint(value) !== '')
      return this.columnError(at, `${shownField(seen)}${unitHint(value)}, expected ${expected}`);
    return Number.isSafeInteger(value) && /[.e]/i.test(seen)
      ? this.error(at, seen, `${expected}, written without a decimal point (${value})`)
      : this.error(at, seen, expected);
  }

  private error(at: number, seen: string, expected: string): PairstreamError {
    const quoted = /^".+"$/.test(seen) ? ', without quotation marks' : '';
    return this.columnError(at, `${shownField(seen)}, expected ${expected}${quoted}`);
  }

  private columnError(at: number, problem: string): PairstreamError {
    const { path, line } = this.position;
    const message = `${path}, line ${line}, column ${at + 1} (${COLUMN_NAMES[at]}): ${problem}`;
    return new PairstreamError('INVALID_DATA_FILE', message, { field: COLUMN_NAMES[at]! });
  }
}

function isMediaName(name: string): name is MediaName {
  return Object.hasOwn(MEDIA_CODE, name);
}

function isTweetTypeName(name: string): name is TweetTypeName {
  return Object.hasOwn(TWEET_TYPE_CODE, name);
}
