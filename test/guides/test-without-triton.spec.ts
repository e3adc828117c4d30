import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FakeTriton } from '@pairstream/triton-testing';
import { readMarkdownBlocks } from '../support/processes/markdown-blocks.js';
import { openRepositoryView } from '../support/repositories/repository-view.js';
import { runProgram } from '../support/processes/run-program.js';
import { ROOT } from '../support/gateway/test-gateway.js';

const PAGE = join(ROOT, 'docs/guides/test-without-triton.md');

describe('docs/guides/test-without-triton.md', () => {
  it('has an example that passes, and fails where it is wrong', async () => {
    using view = openRepositoryView();
    const example = readMarkdownBlocks(PAGE).find(({ language }) => language === 'ts');
    const path = join(view.root, '.work/example.mts');
    writeFileSync(path, example!.text);
    expect(await runProgram(process.execPath, [path])).toEqual({ status: 0, stdout: '', stderr: '' });
    writeFileSync(path, example!.text.replace('Float32Array.of(1.5, 4)', 'Float32Array.of(1.5, 5)'));
    expect((await runProgram(process.execPath, [path])).stderr).toContain('AssertionError');
  });

  it('names only what there is', async () => {
    await using triton = await FakeTriton.start({ models: [] });
    const rows = readFileSync(PAGE, 'utf8').matchAll(/^\| (`.+) \| .+ \|$/gm);
    const calls = [...rows].flatMap(([, cell]) => [...cell!.matchAll(/`(\w+)(?:\(\w*\)(?:\.(\w+))?)?/g)]);
    expect(calls.length).toBeGreaterThan(12);
    const script = triton.script('any');
    const missing = calls.filter(([, method = '', member]) =>
      member === undefined ? !(method in triton) && method !== 'onMessage' : !(member in script),
    );
    expect(missing.map(([text]) => text)).toEqual([]);
  });
});
