import { PairstreamError } from '../errors/pairstream-error.js';
import {
  type EngagementTimes,
  MEDIA_CODE,
  type MediaName,
  type PartRow,
  type PartUser,
  TWEET_TYPE_CODE,
  type TweetTypeName,
} from './part-row.js';

const FIELD = '\x01';
const ITEM = '\t';
const COLUMNS = [
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
const LABELLED_COLUMNS = 24;
const UNLABELLED_COLUMNS = 20;
const ID = /^[0-9A-Fa-f]{32}$/;
const WHOLE_NUMBER = /^-?\d{1,15}$/;
const COUNT = /^\d{1,15}$/;
const LARGEST_TOKEN = 0xff_ff_ff_ff;
const LONGEST_SHOWN = 40;

/** Position of a line, for errors. */
export interface LinePosition {
  readonly path: string;
  /** From 1. */
  readonly line: number;
}

/**
 * Reads one line of a part file (no newline).
 * @throws PairstreamError INVALID_DATA_FILE that names file, line, column number (from 1) and column name
 */
export function parsePartLine(line: string, position: LinePosition): PartRow {
  const fields = line.split(FIELD);
  if (fields.length !== LABELLED_COLUMNS && fields.length !== UNLABELLED_COLUMNS) {
    const { path, line: lineNumber } = position;
    const message = `${path}, line ${lineNumber}: ${fields.length} columns, expected ${UNLABELLED_COLUMNS}, or ${LABELLED_COLUMNS} with labels`;
    throw new PairstreamError('INVALID_DATA_FILE', message, { field: `line ${lineNumber}` });
  }
  const columns = new LineColumns(fields, position);
  return {
    textTokens: columns.tokens(0),
    hashtags: columns.list(1),
    tweetId: columns.id(2),
    media: columns.media(3),
    links: columns.list(4),
    domains: columns.list(5),
    tweetType: columns.tweetType(6),
    language: columns.language(7),
    tweetCreatedAtS: columns.whole(8),
    author: columns.user(9),
    reader: columns.user(14),
    authorFollowsReader: columns.flag(19),
    engagementTimesS: fields.length === LABELLED_COLUMNS ? columns.engagements(20) : undefined,
  };
}

/** The fields of one line, read by column. */
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
    const field = this.fields[at]!;
    return field === '' ? [] : field.split(ITEM);
  }

  id(at: number): string {
    const field = this.fields[at]!;
    if (!ID.test(field)) throw this.error(at, field, '32 hexadecimal digits');
    return field;
  }

  /** A few published rows have no language: it is then the empty text, a language of its own. */
  language(at: number): string {
    return this.fields[at] === '' ? '' : this.id(at);
  }

  media(at: number): MediaName[] {
    return this.list(at).map((name) => {
      if (!isMediaName(name)) throw this.error(at, name, 'Photo, Video or GIF between TABs');
      return name;
    });
  }

  /** A tweet without a type counts as top level, as in the published code. */
  tweetType(at: number): TweetTypeName {
    const field = this.fields[at]!;
    if (field === '') return 'TopLevel';
    if (!isTweetTypeName(field)) throw this.error(at, field, 'TopLevel, Retweet, Quote or nothing');
    return field;
  }

  count(at: number): number {
    const field = this.fields[at]!;
    if (!COUNT.test(field)) throw this.error(at, field, 'a whole number of 0 or more');
    return Number(field);
  }

  whole(at: number): number {
    const field = this.fields[at]!;
    if (!WHOLE_NUMBER.test(field)) throw this.error(at, field, 'Unix seconds');
    return Number(field);
  }

  flag(at: number): boolean {
    const field = this.fields[at]!;
    if (field !== 'true' && field !== 'false') throw this.error(at, field, 'true or false');
    return field === 'true';
  }

  engagements(at: number): EngagementTimes {
    return [this.engagement(at), this.engagement(at + 1), this.engagement(at + 2), this.engagement(at + 3)];
  }

  private engagement(at: number): number | null {
    const field = this.fields[at]!;
    if (field === '') return null;
    if (!WHOLE_NUMBER.test(field)) throw this.error(at, field, 'Unix seconds, or nothing');
    return Number(field);
  }

  private error(at: number, seen: string, expected: string): PairstreamError {
    const { path, line } = this.position;
    const shown = JSON.stringify(seen.length > LONGEST_SHOWN ? `${seen.slice(0, LONGEST_SHOWN)}...` : seen);
    const message = `${path}, line ${line}, column ${at + 1} (${COLUMNS[at]}): ${shown}, expected ${expected}`;
    return new PairstreamError('INVALID_DATA_FILE', message, { field: COLUMNS[at]! });
  }
}

function isMediaName(name: string): name is MediaName {
  return Object.hasOwn(MEDIA_CODE, name);
}

function isTweetTypeName(name: string): name is TweetTypeName {
  return Object.hasOwn(TWEET_TYPE_CODE, name);
}
