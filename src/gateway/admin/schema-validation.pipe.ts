import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { shownField } from '../../errors/shown-field.js';

type Schema = NonNullable<ArgumentMetadata['schema']>;
type Issue = NonNullable<Awaited<ReturnType<Schema['~standard']['validate']>>['issues']>[number];

/**
 * Validates each argument of an admin route against the schema of its decorator: path, query or body.
 * @throws PairstreamError INVALID_REQUEST with the first wrong field, its value and the accepted values
 */
@Injectable()
export class SchemaValidationPipe implements PipeTransform {
  async transform(value: unknown, { schema, data, type }: ArgumentMetadata): Promise<unknown> {
    if (schema === undefined) return value;
    const result = await schema['~standard'].validate(value);
    const issue = result.issues?.[0];
    if (issue !== undefined) throw invalidRequest(issue, value, data ?? type);
    return 'value' in result ? result.value : value;
  }
}

/** @param source name of the path parameter, or `query` or `body` */
function invalidRequest({ message, path = [] }: Issue, value: unknown, source: string): PairstreamError {
  const keys = path.map((segment) => (typeof segment === 'object' ? segment.key : segment));
  const field = keys.length === 0 ? source : keys.map(String).join('.');
  const found = keys.reduce(memberOf, value);
  return new PairstreamError('INVALID_REQUEST', `${field}: ${shownValue(found)}, ${message}`, { field });
}

function memberOf(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function shownValue(value: unknown): string {
  if (value === undefined || value === null) return 'missing';
  return shownField(typeof value === 'string' ? value : JSON.stringify(value));
}
