import { existsSync, readFileSync } from 'node:fs';
import { isSeq, parseDocument, YAMLSeq } from 'yaml';
import { PairstreamError } from '../errors/pairstream-error.js';
import type { TokenEntry } from './callers-file.js';

/** The text of a callers file with one more token. Comments and other entries stay as they are. @param path may be missing */
export function withToken(path: string, entry: TokenEntry): string {
  const document = parseDocument(existsSync(path) ? readFileSync(path, 'utf8') : '');
  if (!isSeq(document.get('tokens'))) document.set('tokens', new YAMLSeq());
  document.addIn(['tokens'], document.createNode(entry));
  return document.toString();
}

/** The text of a callers file without a token. @throws PairstreamError NOT_FOUND */
export function withoutToken(path: string, id: string): string {
  const document = parseDocument(readFileSync(path, 'utf8'));
  const tokens = document.get('tokens');
  const at = isSeq(tokens) ? tokens.items.findIndex((item) => hasId(item, id)) : -1;
  if (at < 0) throw new PairstreamError('NOT_FOUND', `id: ${id}, expected an id of ${path}`, { field: 'id' });
  document.deleteIn(['tokens', at]);
  return document.toString();
}

function hasId(item: unknown, id: string): boolean {
  return (
    typeof item === 'object' &&
    item !== null &&
    'get' in item &&
    typeof item.get === 'function' &&
    item.get('id') === id
  );
}
