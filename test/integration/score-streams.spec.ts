import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readPredictionFile } from '../../src/pairs/prediction-file.js';
import { runCommand, startCommand } from '../support/processes/cli-process.js';
import { servingAddress } from '../support/gateway/serve-log.js';
import { EXAMPLE_FILE } from '../support/gateway/test-gateway.js';

const folder = mkdtempSync(join(tmpdir(), 'score-streams-'));
const EXAMPLE = readFileSync(EXAMPLE_FILE, 'utf8').split('\n');
const TEXT = `${EXAMPLE.slice(0, 200).join('\n')}\n`;
const rowsFile = join(folder, 'rows.tsv');
const HEADER = 'tweet_id,reader_id,reply,retweet,quote,like\n';
const START_MS = 150_000;
let gateway: ReturnType<typeof startCommand>;
let target: string;
let expected: string;

async function serve() {
  const ports = { PAIRSTREAM_GRPC_PORT: '0', PAIRSTREAM_ADMIN_PORT: '0' };
  const serving = startCommand(['serve'], { PAIRSTREAM_LOG_LEVEL: 'info', ...ports });
  // `expect.poll` works inside a test only.
  const findAddress = (): string => {
    const address = servingAddress(serving.stderr());
    if (address === undefined) throw new Error('the gateway does not serve yet');
    return address;
  };
  const address = await vi.waitFor(findAddress, { timeout: START_MS });
  return { serving, address };
}

/** `score`, with the gateway of this file and text on its standard input. */
async function score(args: readonly string[], input: string | Buffer = '') {
  const running = startCommand(['score', '--target', target, ...args], {}, 'pipe');
  running.process.stdin!.end(input);
  return await running.finished;
}

beforeAll(async () => {
  writeFileSync(rowsFile, TEXT);
  const served = await serve();
  gateway = served.serving;
  target = served.address;
  const out = join(folder, 'expected.csv');
  await score(['--in', rowsFile, '--out', out]);
  expected = readFileSync(out, 'utf8');
}, 2 * START_MS);
afterAll(async () => {
  gateway.process.kill('SIGTERM');
  await gateway.finished;
  rmSync(folder, { recursive: true });
}, START_MS);

describe('score', () => {
  it.each([
    ['-', TEXT],
    ['-', gzipSync(TEXT)],
    ['/dev/stdin', TEXT],
  ])('reads rows from %s', async (path, input) => {
    const { exitCode, stdout, stderr } = await score(['--in', path, '--out', '-'], input);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expected });
    expect(stderr).toMatch(/^200 pairs scored into - /);
  });

  it('reads from a FIFO and writes to a FIFO, which stays one', async () => {
    const [input, output] = ['in.fifo', 'out.fifo'].map((name) => join(folder, name)) as [string, string];
    execFileSync('mkfifo', [input, output]);
    const [{ exitCode }, scored] = await Promise.all([
      score(['--in', input, '--out', output]),
      readFile(output, 'utf8'),
      writeFile(input, TEXT),
    ]);
    expect({ exitCode, scored }).toEqual({ exitCode: 0, scored: expected });
    expect(lstatSync(output).isFIFO()).toBe(true);
  });

  it('names the columns with --header, and such a file is read back', async () => {
    const out = join(folder, 'header.csv.gz');
    expect(await score(['--in', rowsFile, '--out', out, '--header'])).toMatchObject({ exitCode: 0 });
    const rows = (await Array.fromAsync(readPredictionFile(out))).flat();
    expect(rows).toHaveLength(200);
    const { stdout } = await score(['--in', rowsFile, '--out', '-', '--header']);
    expect(stdout).toBe(HEADER + expected);
  });

  it('says that the input is empty, and exits 0', async () => {
    const { exitCode, stdout, stderr } = await score(['--in', '-', '--out', '-']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toBe('the input holds no rows: - is empty\n');
    const json = await score(['--in', '-', '--out', join(folder, 'empty.csv'), '--json'], gzipSync(''));
    expect(JSON.parse(json.stdout)).toMatchObject({ rowCount: 0 });
  });

  it('ends quietly when the reader of its output has enough', async () => {
    const running = startCommand(['score', '--target', target, '--in', EXAMPLE_FILE, '--out', '-']);
    await once(running.process.stdout!, 'data');
    running.process.stdout!.destroy();
    expect(await running.finished).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('says where, why and how far when the gateway dies', { timeout: 3 * START_MS }, async () => {
    const { serving, address } = await serve();
    const args = ['score', '--target', address, '--in', '-', '--out', '-', '--batch-size', '100'];
    const running = startCommand(args, {}, 'pipe');
    // Lines become rows 1,024 at a time.
    running.process.stdin!.write(`${EXAMPLE.slice(0, 1_030).join('\n')}\n`);
    await expect.poll(() => running.stdout().split('\n').length, { timeout: START_MS }).toBe(1_001);
    serving.process.kill('SIGKILL');
    await serving.finished;
    running.process.stdin!.end(TEXT);
    const { exitCode, stderr } = await running.finished;
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(new RegExp(`^UNAVAILABLE: .* \\(gateway ${address}, after 1000 rows\\)\n$`));
  });

  it.each([
    ['a file that is not there', ['--in', 'none.tsv', '--out', 'x.csv'], 'INVALID_DATA_FILE', 'none.tsv'],
    ['an ending of no format', ['--in', EXAMPLE_FILE, '--out', 'x.tsv'], 'INVALID_CONFIG', '--out'],
    ['an ending of two', ['--in', EXAMPLE_FILE, '--out', 'x.arrow.gz'], 'INVALID_CONFIG', '--out'],
    ['no ending', ['--in', EXAMPLE_FILE, '--out', 'predictions'], 'INVALID_CONFIG', '--out'],
    [
      'a header in Arrow',
      ['--in', EXAMPLE_FILE, '--out', 'x.arrow', '--header'],
      'INVALID_CONFIG',
      '--header',
    ],
    [
      'a folder that is not there',
      ['--in', EXAMPLE_FILE, '--out', 'none/x.csv'],
      'OUTPUT_FAILED',
      'none/x.csv',
    ],
    ['no output', ['--in', EXAMPLE_FILE], 'INVALID_CONFIG', undefined],
    [
      'an output twice',
      ['--in', EXAMPLE_FILE, '--out', 'a.csv', '--out', 'b.csv'],
      'INVALID_CONFIG',
      undefined,
    ],
  ])('with --json tells %s as JSON', async (_case, args, code, field) => {
    const { exitCode, stdout } = await score([...args, '--json']);
    expect(exitCode).toBe(code === 'INVALID_CONFIG' ? 2 : 1);
    const { error } = JSON.parse(stdout) as { error: { code: string; field?: string } };
    expect([error.code, error.field]).toEqual([code, field]);
    expect(existsSync('x.csv') || existsSync('x.tsv') || existsSync('predictions')).toBe(false);
  });

  it('does not replace a file that it reads', async () => {
    const path = join(folder, 'part-00000.csv');
    writeFileSync(path, TEXT);
    const { exitCode, stderr } = await score(['--in', path, '--out', path]);
    expect({ exitCode, text: readFileSync(path, 'utf8') }).toEqual({ exitCode: 2, text: TEXT });
    expect(stderr).toMatch(/--out .* would replace/);
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  it('refuses a request with the reason of the gateway, as JSON on stderr beside data on stdout', async () => {
    const { exitCode, stdout, stderr } = await score(
      ['--in', '-', '--out', '-', '--min-rung', 'none', '--json'],
      TEXT,
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'INVALID_REQUEST' } });
  });
});

describe('options that contradict each other', () => {
  it.each([
    [
      ['evaluate', '--in', EXAMPLE_FILE, '--pairs', '5'],
      /'--in <path...>' cannot be used with option '--pairs <n>'/,
    ],
    [
      ['evaluate', '--in', EXAMPLE_FILE, '--world', 'world.json'],
      /cannot be used with option '--world <file>'/,
    ],
    [
      ['evaluate-live', '--in', EXAMPLE_FILE, '--pairs', '5'],
      /'--in <path...>' cannot be used with option '--pairs <n>'/,
    ],
    [
      ['evaluate-live', '--in', EXAMPLE_FILE, '--world', 'world.json'],
      /cannot be used with option '--world <file>'/,
    ],
    [['evaluate-live', '--bad-rows', 'ignore'], /'ignore' is invalid. Allowed choices are fail, skip/],
    [
      ['replay', '--in', EXAMPLE_FILE, '--out', folder, '--resume-from', 'x', '--warm-up-days', '5'],
      /cannot be used/,
    ],
    [
      ['models', 'check', 'triton-models', '--batch-rows', '4'],
      /'--batch-rows <n>' needs '--pipeline <file>'/,
    ],
    [
      ['bench', 'text', '--size', 'published'],
      /--size published without one of the benchmarks ensemble, forests, expected both or none/,
    ],
    [['generate', '--pairs', '10', '--pairs', '20', '--out', folder], /'--pairs <n>' is given twice/],
  ])('are refused: %j', async (args, message) => {
    expect(await runCommand(args)).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(message) });
  });
});
