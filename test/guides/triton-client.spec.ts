import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeModel, FakeTriton } from '@pairstream/triton-testing';
import { createAuthority } from '../support/network/certificates.js';
import { type MarkdownBlock, readMarkdownBlocks } from '../support/processes/markdown-blocks.js';
import { openRepositoryView, type RepositoryView } from '../support/repositories/repository-view.js';
import { type FinishedProgram, runProgram } from '../support/processes/run-program.js';
import { ROOT } from '../support/gateway/test-gateway.js';

const DOCUMENTED_TARGET = '127.0.0.1:8001';
const TLS = 'TLS, mTLS and headers';

/** The models that the page talks of. */
const MODELS: readonly FakeModel[] = [
  {
    config: {
      name: 'scores',
      maxBatchSize: 64,
      input: [{ name: 'features', dataType: 'TYPE_FP32', dims: [2] }],
      output: [{ name: 'score', dataType: 'TYPE_FP32', dims: [1] }],
    },
    run: (inputs, { rowCount }) => {
      const { data } = inputs.get('features', 'FP32');
      const mean = (i: number): number => (data[2 * i]! + data[2 * i + 1]!) / 2;
      // As FIL has it, without the last dimension.
      return {
        score: { data: Float32Array.from({ length: rowCount }, (_, i) => mean(i)), shape: [rowCount] },
      };
    },
  },
  {
    config: {
      name: 'texts',
      maxBatchSize: 64,
      input: [{ name: 'text', dataType: 'TYPE_STRING', dims: [-1] }],
      output: [{ name: 'label', dataType: 'TYPE_STRING', dims: [-1] }],
    },
    run: (inputs) => {
      const { data, shape } = inputs.get('text', 'BYTES');
      return { label: { data: data.map((text) => Buffer.from(text).toString().toUpperCase()), shape } };
    },
  },
  {
    config: {
      name: 'slow',
      maxBatchSize: 1,
      input: [{ name: 'ms', dataType: 'TYPE_INT32', dims: [1] }],
      output: [{ name: 'ms', dataType: 'TYPE_INT32', dims: [1] }],
    },
    run: async (inputs, { signal }) => {
      const { data } = inputs.get('ms', 'INT32');
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, data[0]);
        signal.addEventListener('abort', () => resolve(clearTimeout(timer)));
      });
      return { ms: data };
    },
  },
  {
    config: {
      name: 'words',
      input: [{ name: 'text', dataType: 'TYPE_STRING', dims: [1] }],
      output: [{ name: 'word', dataType: 'TYPE_STRING', dims: [1] }],
      modelTransactionPolicy: { decoupled: true },
    },
    run: async function* (inputs) {
      const [text] = inputs.get('text', 'BYTES').data;
      for (const word of Buffer.from(text!).toString().split(' ')) yield { word: [word] };
    },
  },
];

describe('docs/guides/triton-client.md', () => {
  const blocks = readMarkdownBlocks(join(ROOT, 'docs/guides/triton-client.md'));
  let view: RepositoryView;
  beforeAll(() => {
    view = openRepositoryView();
  });
  afterAll(() => view[Symbol.dispose]());

  function run(programs: readonly MarkdownBlock[], target: string): Promise<FinishedProgram> {
    const text = programs.map((block) => block.text.replaceAll(DOCUMENTED_TARGET, target)).join('\n');
    const path = join(view.root, '.work/page.mts');
    writeFileSync(path, text);
    return runProgram(process.execPath, [path], { cwd: join(view.root, '.work') });
  }

  function printed(headings: (heading: string) => boolean): string {
    const texts = blocks.filter(
      ({ language, info, heading }) => language === 'text' && info === '' && headings(heading),
    );
    return texts.map(({ text }) => `${text}\n`).join('');
  }

  it('does what it says, from the first block to the last', async () => {
    await using triton = await FakeTriton.start({ models: MODELS, modelControl: 'explicit' });
    const programs = blocks.filter(({ language, heading }) => language === 'ts' && heading !== TLS);
    expect(programs.length).toBeGreaterThan(6);
    const ran = await run(programs, triton.target);
    expect(ran).toEqual({ status: 0, stderr: '', stdout: printed((heading) => heading !== TLS) });
  });

  it('begins with an example of ten lines at most', () => {
    expect(blocks[0]).toMatchObject({ language: 'ts' });
    expect(blocks[0]!.text.split('\n').length).toBeLessThanOrEqual(10);
  });

  it('connects by mTLS, with its headers', async () => {
    const authority = await createAuthority('authority');
    const server = await authority.sign('server', { dns: ['triton.example'] });
    const own = await authority.sign('client');
    for (const [name, pem] of Object.entries({
      'ca.pem': authority.certificate,
      'client.pem': own.certificate,
      'client-key.pem': own.key,
    }))
      writeFileSync(join(view.root, '.work', name), pem);
    const keys: unknown[] = [];
    await using triton = await FakeTriton.start({
      models: MODELS,
      tls: {
        certificateChain: server.certificate,
        privateKey: server.key,
        clientCertificates: authority.certificate,
      },
      onMessage: ({ metadata }) => keys.push(...metadata.get('triton-grpc-protocol-infer-key')),
    });
    const programs = blocks.filter(({ language, heading }) => language === 'ts' && heading === TLS);
    const ran = await run(programs, triton.target);
    expect(ran).toEqual({ status: 0, stderr: '', stdout: printed((heading) => heading === TLS) });
    expect(keys).toEqual(['secret']);
  });
});
