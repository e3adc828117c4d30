import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { HEAP_GROWTH_FLAG } from './heap-growth.js';

/** Starts a Node that does nothing. @throws Error when it refuses the flag */
function startNode(flag: string): string {
  return execFileSync(process.execPath, [flag, '-e', ''], { encoding: 'utf8', stdio: 'pipe' });
}

describe('letHeapGrow', () => {
  it('sets what the V8 of this Node knows: at run time it takes any flag without a word', () => {
    expect(startNode(HEAP_GROWTH_FLAG)).toBe('');
    expect(() => startNode(`${HEAP_GROWTH_FLAG}-or-so`)).toThrow('--heap-growing-percent');
    expect(() => startNode('--heap-growing-share=200')).toThrow('bad option');
  });
});
