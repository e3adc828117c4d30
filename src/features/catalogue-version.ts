import { createHash } from 'node:crypto';
import { CATALOGUE } from './catalogue.js';
import type { FeatureDefinition } from './feature-definition.js';
import { KEYS } from './keys.js';

/**
 * Raised by one when the value of a feature or key changes and its definition does not: after a corrected fault of a
 * kernel, for instance.
 */
const COMPUTATION_VERSION = 1;
const DIGITS = 16;

/** The part of a key's definition that the version depends on. */
type KeyMeaning = Pick<(typeof KEYS)[number], 'name' | 'rowSpace' | 'meaning' | 'fidelity' | 'reason'>;

/**
 * Version of a feature catalogue: 16 hexadecimal digits of the SHA-256 of every definition of a feature (one value a row)
 * and of a key (one 64-bit value a row). The order of the definitions does not matter.
 */
export function catalogueVersionOf(
  features: readonly FeatureDefinition[],
  keys: readonly KeyMeaning[],
  computationVersion: number,
): string {
  const featureLines = features.map(({ name, rowSpace, kind, meaning, fidelity, reason }) =>
    JSON.stringify(['feature', name, rowSpace, kind, meaning, fidelity, reason]),
  );
  const keyLines = keys.map(({ name, rowSpace, meaning, fidelity, reason }) =>
    JSON.stringify(['key', name, rowSpace, meaning, fidelity, reason]),
  );
  const lines = [...featureLines, ...keyLines].toSorted();
  const text = `${computationVersion}\n${lines.join('\n')}\n`;
  return createHash('sha256').update(text).digest('hex').slice(0, DIGITS);
}

/** Version of this gateway's catalogue. Feature files carry it, and files of another version are refused. */
export const CATALOGUE_VERSION = catalogueVersionOf(CATALOGUE, KEYS, COMPUTATION_VERSION);
