import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { formatPartRow } from '../../pairs/part-file-writer.js';
import { WORLD_CONSTANTS } from './constants.js';
import { World } from './world.js';

/** Taken when the constants were frozen, before any model was trained on the world. They never change. */
const FROZEN = {
  constants: 'e464e772222e3b2ca68c5f1908bdf0d9221e137986f9b09368223c53678cddf1',
  vocabulary: '2911e12c74d94f84ccb2402b9c6a51ecaf8dd9d841bd3aebbc0c38cdb41897fd',
  day: '616f8b7086ff5b91b3b8e3a4504289ab3cda681ccfbe3a9c50e4aa8e16206b79',
};

describe('the frozen world', () => {
  it('has the constants it was frozen with', () => {
    expect(sha256(canonicalJson(WORLD_CONSTANTS))).toBe(FROZEN.constants);
  });

  it('makes the vocabulary and the rows it was frozen with', () => {
    const world = new World({ seed: 7, userCount: 500, pairsPerDay: 3000 });
    expect(sha256(world.vocabularyText())).toBe(FROZEN.vocabulary);
    const lines: string[] = [];
    for (const batch of world.generateDay(3)) {
      for (const { row, truth } of batch)
        lines.push(`${formatPartRow(row)} ${truth.map((p) => p.toFixed(9)).join(' ')}`);
    }
    expect(sha256(lines.join('\n'))).toBe(FROZEN.day);
  });
});

/** JSON with the keys of every object in order and no spaces. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
