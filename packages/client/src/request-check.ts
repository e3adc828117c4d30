import type { PredictInput, PredictOptions, ScoreWeights } from './predict-input.js';
import { ServerError } from './server-error.js';
import { KIND, shown, type ValueKind } from './value-kinds.js';

/** A column of a table. */
interface ColumnRule {
  readonly kind: ValueKind;
  readonly isRequired: boolean;
}

const required = (kind: ValueKind): ColumnRule => ({ kind, isRequired: true });
const optional = (kind: ValueKind): ColumnRule => ({ kind, isRequired: false });

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

/** Options except scoreWeights, which has fields of its own. */
const OPTIONS: Readonly<Record<Exclude<keyof PredictOptions, 'scoreWeights'>, ValueKind>> = {
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
  const fields = fieldsOf('options', options, [...Object.keys(OPTIONS), 'scoreWeights']);
  checkFields('options', fields, OPTIONS);
  const { scoreWeights } = fields;
  if (scoreWeights === undefined) return;
  const path = 'options.scoreWeights';
  checkFields(path, fieldsOf(path, scoreWeights, Object.keys(WEIGHTS)), WEIGHTS);
}

/** Checks fields that may all be left out. */
function checkFields(
  path: string,
  fields: Readonly<Record<string, unknown>>,
  kinds: Readonly<Record<string, ValueKind>>,
): void {
  for (const [name, kind] of Object.entries(kinds))
    if (fields[name] !== undefined) checkValue(`${path}.${name}`, fields[name], kind);
}

/** The fields of an object that may have no others than `names`. */
function fieldsOf(path: string, value: unknown, names: readonly string[]): Readonly<Record<string, unknown>> {
  if (!isObject(value)) throw ServerError.ofValue(path, shown(value), `an object with ${names.join(', ')}`);
  const unknown = Object.keys(value).find((name) => !names.includes(name) && value[name] !== undefined);
  if (unknown !== undefined) {
    const place = path === 'request' ? unknown : `${path}.${unknown}`;
    throw ServerError.ofValue(place, 'an unknown field', names.join(', '));
  }
  return value;
}

/** True for objects that are neither arrays nor views. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function checkColumn(path: string, column: unknown, { kind, isRequired }: ColumnRule): void {
  if (column === undefined && !isRequired) return;
  if (!isList(column)) {
    const absent = isRequired ? '' : ', or the column left out';
    throw ServerError.ofValue(path, shown(column), `an array${absent}; entries: ${kind.expected}`);
  }
  for (let i = 0; i < column.length; i += 1)
    if (!kind.accepts(column[i])) checkValue(`${path}[${i}]`, column[i], kind);
}

/** True for arrays and typed arrays. */
function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function checkValue(path: string, value: unknown, kind: ValueKind): void {
  if (!kind.accepts(value)) throw ServerError.ofValue(path, shown(value), kind.expected);
}
