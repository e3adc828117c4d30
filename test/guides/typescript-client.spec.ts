import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readMarkdownBlocks } from '../support/processes/markdown-blocks.js';
import { openRepositoryView } from '../support/repositories/repository-view.js';
import { runProgram } from '../support/processes/run-program.js';
import { ROOT, startTestGateway } from '../support/gateway/test-gateway.js';

const DOCUMENTED_TARGET = '127.0.0.1:50051';

describe('docs/guides/typescript-client.md', () => {
  const blocks = readMarkdownBlocks(join(ROOT, 'docs/guides/typescript-client.md'));

  it('does what it says, from the first block to the last', async () => {
    await using served = await startTestGateway();
    using view = openRepositoryView();
    const programs = blocks.filter(({ language }) => language === 'ts');
    expect(programs.length).toBeGreaterThan(4);
    const path = join(view.root, '.work/page.mts');
    const text = programs.map((block) => block.text).join('\n');
    writeFileSync(path, text.replaceAll(DOCUMENTED_TARGET, served.target));
    const ran = await runProgram(process.execPath, [path], { cwd: join(view.root, '.work') });
    const printed = blocks.filter(({ language }) => language === 'text').map((block) => `${block.text}\n`);
    expect(ran).toEqual({ status: 0, stderr: '', stdout: printed.join('') });
  });
});
