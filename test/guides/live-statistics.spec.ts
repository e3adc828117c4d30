import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GuideRun } from '../support/processes/guide-run.js';
import { readMarkdownBlocks } from '../support/processes/markdown-blocks.js';
import { ROOT } from '../support/gateway/test-gateway.js';

const RUN_MS = 600_000;
const PAGE = join(ROOT, 'docs/guides/live-statistics.md');

describe('docs/guides/live-statistics.md', () => {
  it('does what it says by its commands', { timeout: RUN_MS }, async () => {
    await using guide = new GuideRun();
    const blocks = readMarkdownBlocks(PAGE).filter(({ language }) => language === 'bash');
    const printed: string[] = [];
    for (const { text } of blocks) printed.push((await guide.run(text)).stdout);
    expect(printed).toHaveLength(5);
    const [, feedback, learning, snapshot, forgotten] = printed;
    expect(feedback).toMatch(
      /^(\d+) events of 12000 rows .*: \d+ accepted, \d+ duplicates, 0 too old, 0 refused\n\1 events .*: 0 accepted, \1 duplicates/,
    );
    expect(learning).toMatch(/^appliedCount +[1-9]\d*$/m);
    expect(learning).toMatch(/^pairstream_feedback_lag_events 0$/m);
    expect(snapshot).toMatch(/^eventsBehindCount +0$/m);
    expect(forgotten).toMatch(/^keyCount +[1-9]\d*$/m);
  });
});
