import { ServerError } from './server-error.js';
import { shown, type ValueKind } from './value-kinds.js';

/** A column of a table. */
export interface ColumnRule {
  readonly kind: ValueKind;
  readonly isRequired: boolean;
}

/** A column that must be sent. */
export const required = (kind: ValueKind): ColumnRule => ({ kind, isRequired: true });

/** A column that may be left out. */
export const optional = (kind: ValueKind): ColumnRule => ({ kind, isRequired: false });

/** Checks fields that may all be left out. @throws ServerError INVALID_REQUEST with the path of the field */
export function checkFields(
  path: string,
  fields: Readonly<Record<string, unknown>>,
  kinds: Readonly<Record<string, ValueKind>>,
): void {
  for (const [name, kind] of Object.entries(kinds))
    if (fields[name] !== undefined) checkValue(`${path}.${name}`, fields[name], kind);
}

/** The fields of an object that may have no others than `names`. @throws ServerError INVALID_REQUEST for another field */
export function fieldsOf(
  path: string,
  value: unknown,
  names: readonly string[],
): Readonly<Record<string, unknown>> {
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

/** Checks a column and every entry of it. @throws ServerError INVALID_REQUEST with the path of the entry */
export function checkColumn(path: string, column: unknown, { kind, isRequired }: ColumnRule): void {
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

/** Checks one value. @throws ServerError INVALID_REQUEST */
export function checkValue(path: string, value: unknown, kind: ValueKind): void {
  if (!kind.accepts(value)) throw ServerError.ofValue(path, shown(value), kind.expected);
}
