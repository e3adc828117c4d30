import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '../support/network/certificates.js';
import { GuideRun } from '../support/processes/guide-run.js';
import { readMarkdownBlocks } from '../support/processes/markdown-blocks.js';
import { ROOT } from '../support/gateway/test-gateway.js';

const RUN_MS = 600_000;
const PAGE = join(ROOT, 'docs/guides/secure-a-gateway.md');

/** Writes the files of a certificate, as an authority would. */
async function issueCertificate(root: string): Promise<void> {
  const folder = join(root, '.work/secure');
  mkdirSync(folder, { recursive: true });
  const authority = await createAuthority('guide');
  const { certificate, key } = await authority.sign('gateway', { ip: ['127.0.0.1', '0.0.0.0'] });
  writeFileSync(join(folder, 'ca.pem'), authority.certificate);
  writeFileSync(join(folder, 'server.pem'), certificate);
  writeFileSync(join(folder, 'server.key'), key, { mode: 0o600 });
}

describe('docs/guides/secure-a-gateway.md', () => {
  it('does what it says by its commands', { timeout: RUN_MS }, async () => {
    await using guide = new GuideRun();
    await issueCertificate(guide.root);
    const blocks = readMarkdownBlocks(PAGE).filter(({ language }) => language === 'bash');
    const printed: string[] = [];
    for (const { text } of blocks) printed.push((await guide.run(text)).stdout);
    const [tokens, , calls, revoked] = printed;
    expect(tokens).toMatch(/^[0-9a-f]{16} +ranking +predict,feedback +\S+ +valid$/m);
    expect(calls).toMatch(/12000 rows|scored/);
    expect(calls).toMatch(/^pairstream_tls_certificate_expiry_days 36\d\.\d+$/m);
    expect(revoked).toMatch(/^revoked [0-9a-f]{16}$/m);
    expect(revoked!.split('\n').filter((line) => line.includes('ranking'))).toEqual([]);
  });
});
