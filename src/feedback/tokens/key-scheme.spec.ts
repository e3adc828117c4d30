import { describe, expect, it } from 'vitest';
import { computeKeyScheme } from './key-scheme.js';

describe('computeKeyScheme', () => {
  it('is a number of 32 bits that only the vocabulary, the layout and the version change', () => {
    const scheme = computeKeyScheme('ab'.repeat(32));
    // A change of this number makes every token and every logged event foreign: raise COMPONENT_VERSION, or change the layout, knowingly.
    expect(scheme).toBe(1_584_781_997);
    expect(computeKeyScheme('ac'.repeat(32))).not.toBe(scheme);
  });
});
