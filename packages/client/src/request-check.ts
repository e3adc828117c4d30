import type { FeedbackOptions, PredictInput, PredictOptions, ScoreWeights } from './predict-input.js';
import {
  checkColumn,
  checkFields,
  checkValue,
  type ColumnRule,
  fieldsOf,
  optional,
  required,
} from './value-checks.js';
import { KIND, type ValueKind } from './value-kinds.js';

/** Columns of each table. */
const COLUMNS: { readonly [T in Table]: Readonly<Record<keyof PredictInput[T], ColumnRule>> } = {
  users: {
    id: optional(KIND.bytes),
    idText: optional(KIND.text),
    idNumber: optional(KIND.idNumber),
    followerCount: required(KIND.count),
    followingCount: required(KIND.count),
    isVerified: optional(KIND.boolean),
    accountCreatedAtS: optional(KIND.timeS),
  },
  tweets: {
    authorIndex: required(KIND.uint32),
    type: required(KIND.tweetType),
    language: required(KIND.text),
    createdAtS: required(KIND.timeS),
    tokenCount: optional(KIND.uint32),
    token: optional(KIND.uint32),
    text: optional(KIND.text),
    mediaCount: optional(KIND.uint32),
    media: optional(KIND.media),
    hashtagCount: optional(KIND.uint32),
    linkCount: optional(KIND.uint32),
    domainCount: optional(KIND.uint32),
    id: optional(KIND.bytes),
    idText: optional(KIND.text),
    idNumber: optional(KIND.idNumber),
    firstHashtag: optional(KIND.text),
    firstLink: optional(KIND.text),
    firstDomain: optional(KIND.text),
  },
  pairs: {
    tweetIndex: required(KIND.uint32),
    readerIndex: required(KIND.uint32),
    authorFollowsReader: required(KIND.boolean),
    asOfS: optional(KIND.timeS),
  },
};

/** Options except those that have fields of their own. */
const OPTIONS: Readonly<Record<Exclude<keyof PredictOptions, 'scoreWeights' | 'feedback'>, ValueKind>> = {
  topK: KIND.uint32,
  keepProbabilities: KIND.boolean,
  rankPerReader: KIND.boolean,
  explain: KIND.boolean,
  ordered: KIND.boolean,
  minRung: KIND.text,
};

const WEIGHTS: Readonly<Record<keyof ScoreWeights, ValueKind>> = {
  reply: KIND.weight,
  retweet: KIND.weight,
  quote: KIND.weight,
  like: KIND.weight,
};

const FEEDBACK: Readonly<Record<keyof FeedbackOptions, ValueKind>> = {
  tokens: KIND.boolean,
  remember: KIND.boolean,
  shown: KIND.boolean,
  tokensOnly: KIND.boolean,
};

/** Options that have fields of their own. */
const OPTION_GROUPS = { scoreWeights: WEIGHTS, feedback: FEEDBACK };

type Table = 'users' | 'tweets' | 'pairs';
const TABLES: readonly Table[] = ['users', 'tweets', 'pairs'];

/**
 * Checks every value of a request before it is sent.
 * @throws ServerError INVALID_REQUEST whose message names the path (`tweets.createdAtS[3]`), the value and what is accepted
 */
export function checkRequest(request: PredictInput): void {
  const fields = fieldsOf('request', request, [...TABLES, 'timeoutMs', 'options']);
  if (fields['timeoutMs'] !== undefined) checkValue('timeoutMs', fields['timeoutMs'], KIND.uint32);
  for (const table of TABLES) {
    const columns = fieldsOf(table, fields[table], Object.keys(COLUMNS[table]));
    for (const [name, rule] of Object.entries(COLUMNS[table]))
      checkColumn(`${table}.${name}`, columns[name], rule);
  }
  if (fields['options'] !== undefined) checkOptions(fields['options']);
}

function checkOptions(options: unknown): void {
  const names = [...Object.keys(OPTIONS), ...Object.keys(OPTION_GROUPS)];
  const fields = fieldsOf('options', options, names);
  checkFields('options', fields, OPTIONS);
  for (const [name, kinds] of Object.entries(OPTION_GROUPS)) {
    if (fields[name] === undefined) continue;
    const path = `options.${name}`;
    checkFields(path, fieldsOf(path, fields[name], Object.keys(kinds)), kinds);
  }
}
