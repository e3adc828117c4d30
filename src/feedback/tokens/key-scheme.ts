import { createHash } from 'node:crypto';
import { RECORD_LAYOUT } from '../events/pair-record.js';

/** Raise this number if the value of a component changes (width of a bucket, a hash) and its name and width do not. */
const COMPONENT_VERSION = 1;

/**
 * Key scheme of a release: identifies the components of a pair record and the vocabulary that words are hashed from. Gateways with
 * the same key scheme accept the tokens and the events of one another.
 * @param vocabularySha256 hexadecimal
 * @returns the first 4 bytes of a SHA-256, unsigned 32 bits
 */
export function computeKeyScheme(vocabularySha256: string): number {
  const text = `${COMPONENT_VERSION}\n${RECORD_LAYOUT}\n${vocabularySha256}\n`;
  return createHash('sha256').update(text).digest().readUInt32LE(0);
}
