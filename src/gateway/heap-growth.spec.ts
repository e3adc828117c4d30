import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { HEAP_GROWING_PERCENT } from './heap-growth.js';

describe('letHeapGrow', () => {
  it('sets what the V8 of this Node knows: it would take an unknown flag without a word', () => {
    const flags = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
    expect(flags).toContain('--heap-growing-percent');
    expect(HEAP_GROWING_PERCENT).toBeGreaterThan(100);
  });
});
