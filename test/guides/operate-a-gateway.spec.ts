import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GuideRun } from '../support/processes/guide-run.js';
import { readMarkdownBlocks } from '../support/processes/markdown-blocks.js';
import { ROOT } from '../support/gateway/test-gateway.js';

const RUN_MS = 600_000;
const PAGE = join(ROOT, 'docs/guides/operate-a-gateway.md');

describe('docs/guides/operate-a-gateway.md', () => {
  it('does what it says by its commands', { timeout: RUN_MS }, async () => {
    await using guide = new GuideRun();
    const blocks = readMarkdownBlocks(PAGE).filter(({ language }) => language === 'bash');
    const printed: string[] = [];
    for (const { text } of blocks) printed.push((await guide.run(text)).stdout);
    expect(printed).toHaveLength(9);
    const [, look, key, models, streams, level, drain, workers, callers] = printed;
    expect(look).toMatch(/^ready +yes$/m);
    expect(look).toMatch(/^PAIRSTREAM_ADMIN_PORT +0 +environment$/m);
    expect(look).toContain('"isReady":true');
    expect(look).toMatch(/^nn1 +1 +onnxruntime +\d+ +- +loaded +-$/m);
    expect(key).toContain('components: language, tweet type, media code');
    expect(key).toContain('no event so far');
    expect(models).toMatch(/^xgb1 +1 +\S+ +\d+ +\S+ +unloaded /m);
    expect(models).toMatch(/^degraded +rung stage2, missing xgb1$/m);
    expect(models).toMatch(/^xgb1 +1 +\S+ +\d+ +\S+ +loaded +-$/m);
    expect(streams).toContain('0 open');
    expect(level).toBe('level  debug\nlevel  info\n');
    expect(drain).toMatch(/^state +drained$/m);
    expect(workers).toMatch(/^pairstream_workers [1-9]\d*$/m);
    expect(workers).toContain('pairstream_worker_restarts_total 0');
    expect(callers).toMatch(/^pairstream_callers \d+$/m);
  });
});
