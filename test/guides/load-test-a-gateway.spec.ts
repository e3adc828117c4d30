import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadReportSchema } from '../../src/loadtest/result/load-report.js';
import { GuideRun } from '../support/processes/guide-run.js';
import { readMarkdownBlocks } from '../support/processes/markdown-blocks.js';
import { ROOT } from '../support/gateway/test-gateway.js';

const RUN_MS = 600_000;
const PAGE = join(ROOT, 'docs/guides/load-test-a-gateway.md');
/** Measurements of the test are short. */
const SHORT = '--duration-s 1 --warm-up-s 0';

describe('docs/guides/load-test-a-gateway.md', () => {
  it('does what it says by its commands', { timeout: RUN_MS }, async () => {
    await using guide = new GuideRun();
    const blocks = readMarkdownBlocks(PAGE).filter(({ language }) => language === 'bash');
    const printed: string[] = [];
    for (const { text } of blocks)
      printed.push((await guide.run(text.replace('loadtest ', `loadtest ${SHORT} `))).stdout);
    expect(printed).toHaveLength(5);
    const [, offered, best, mixed, replayed] = printed;
    expect(offered).toMatch(/^load .* lost +doubled /m);
    expect(offered).toMatch(/^20 messages\/s, poisson /m);
    expect(offered).toContain('deadline 500 ms');
    expect(best).toMatch(/^closed loop, 1 in flight /m);
    expect(best).toMatch(/^best rate: .* pairs\/s/m);
    expect(mixed).toMatch(/^ {2}1000 pairs: \d+ messages/m);
    expect(mixed).toMatch(/^ {2}caller 0 \(70 %\): /m);
    expect(replayed).toMatch(/^replay, 2000x /m);
    const report = readFileSync(join(guide.root, '.work/load.json'), 'utf8');
    const { steps } = loadReportSchema.parse(JSON.parse(report));
    expect(steps.filter(({ loop }) => loop === 'open')).toHaveLength(3);
    expect(readFileSync(join(guide.root, '.work/load.html'), 'utf8')).toContain('Goodput by offered rate');
  });
});
