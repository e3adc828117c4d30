import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PairstreamClient } from '@pairstream/client';
import { encodeRequest } from '@pairstream/client/wire';
import { readPredictionFile } from '../../src/pairs/prediction-file.js';
import type { EvaluationReport } from '../../src/offline/evaluation/evaluation-report.js';
import { PairstreamError } from '../../src/errors/pairstream-error.js';
import { BreakableBackend } from '../support/gateway/breakable-backend.js';
import { runCommand, startCommand } from '../support/processes/cli-process.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { openRawStream } from '../support/network/raw-call.js';
import { logLines, servingAddress } from '../support/gateway/serve-log.js';
import { SeededRepository } from '../support/repositories/seeded-repository.js';
import { TWO_MODELS, writeTwoModelLadder } from '../support/pipelines/cut-pipeline.js';
import { SmallBackend, SmallPipeline } from '../support/pipelines/small-pipeline.js';
import { EXAMPLE_FILE, ROOT, SHIPPED_PIPELINE, startTestGateway } from '../support/gateway/test-gateway.js';

const folder = mkdtempSync(join(tmpdir(), 'command-line-'));
afterAll(() => rmSync(folder, { recursive: true }));
const FREE_PORTS = { PAIRSTREAM_GRPC_PORT: '0', PAIRSTREAM_ADMIN_PORT: '0' };

async function serveUntilReady(environment: Record<string, string> = FREE_PORTS) {
  const serving = startCommand(['serve'], { PAIRSTREAM_LOG_LEVEL: 'info', ...environment });
  await expect.poll(() => servingAddress(serving.stderr()), { timeout: 150_000 }).toBeDefined();
  return { serving, target: servingAddress(serving.stderr())! };
}

describe('pairstream', () => {
  it('explains itself, and every command does', async () => {
    const { exitCode, stdout } = await runCommand(['--help']);
    expect(exitCode).toBe(0);
    const names = [
      'serve',
      'score',
      'loadtest',
      'generate',
      'replay',
      'members',
      'evaluate',
      'train',
      'bench',
      'models',
      'salvage-log',
      'reference',
    ];
    for (const name of names) expect(stdout).toContain(name);
    const commands = [...names.map((name) => [name]), ['models', 'check']];
    const helps = await Promise.all(commands.map((words) => runCommand([...words, '--help'])));
    for (const help of helps)
      expect(help).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Example') });
  });

  it.each([
    [['fly'], /unknown command 'fly'/],
    [['models'], /Usage: pairstream models/],
    [['models', 'check'], /missing required argument 'folder'/],
    [
      ['models', 'check', 'triton-models', '--server-version', '7'],
      /server version "7", expected a container release/,
    ],
    [['score', '--in', 'x.tsv'], /required option '--out <file>' not specified/],
    [['generate', '--pairs', 'many', '--out', 'x'], /expected a whole number of 0 or more/],
    [
      ['score', '--in', EXAMPLE_FILE, '--out', join(folder, 'x.csv'), '--batch-size', '0'],
      /--batch-size is 0/,
    ],
  ])('exits 2 for wrong usage: %s', async (args, message) => {
    expect(await runCommand(args)).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(message) });
  });

  it('exits 2 for a wrong setting, listing it', async () => {
    const { exitCode, stderr } = await runCommand(['serve'], {
      PAIRSTREAM_GRPC_PORT: 'x',
      PAIRSTREAM_PORT: '1',
    });
    expect(exitCode).toBe(2);
    const [{ code, msg } = expect.fail('no line'), ...others] = logLines(stderr);
    expect([code, others]).toEqual(['INVALID_CONFIG', []]);
    expect(msg).toContain('PAIRSTREAM_PORT: no such setting');
    expect(msg).toContain('PAIRSTREAM_GRPC_PORT: "x", expected a whole number from 0 to 65535');
  });

  it('exits 1 for a missing file, naming it, and leaves nothing behind', async () => {
    const out = join(folder, 'missing.csv');
    const { exitCode, stderr } = await runCommand(['score', '--in', 'none.tsv', '--out', out]);
    expect(exitCode).toBe(1);
    expect(stderr).toBe('INVALID_DATA_FILE: none.tsv: no such file or folder\n');
    expect(existsSync(out) || existsSync(`${out}.partial`)).toBe(false);
  });

  it('exits 1 for a damaged statistics file, in one line', async () => {
    const statistics = join(folder, 'damaged.snapshot');
    const bytes = readFileSync(join(ROOT, 'pipelines/recsys2021/statistics.snapshot'));
    bytes[bytes.length - 100]! ^= 1;
    writeFileSync(statistics, bytes);
    const pipeline = join(folder, 'damaged.yaml');
    const shipped = readFileSync(join(ROOT, 'pipelines/recsys2021.yaml'), 'utf8');
    const text = shipped
      .replace(/^statistics: .*$/m, `statistics: ${statistics}`)
      .replace(/^(vocabulary|languages): /gm, `$&${ROOT}/pipelines/`)
      .replace(/^model_repository: .*$/m, `model_repository: ${ROOT}/triton-models`);
    writeFileSync(pipeline, text);
    const { exitCode, stderr } = await runCommand(['serve'], {
      ...FREE_PORTS,
      PAIRSTREAM_PIPELINE: pipeline,
    });
    expect(exitCode).toBe(1);
    const msg = expect.stringMatching(
      /^snapshot .*damaged.snapshot: checksum \d+ differs from the stored \d+/,
    );
    expect(logLines(stderr)).toMatchObject([{ code: 'INVALID_SNAPSHOT', msg }]);
  });

  it.each(['PAIRSTREAM_GRPC_PORT', 'PAIRSTREAM_ADMIN_PORT'])('says that %s is taken', async (variable) => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };
    const { exitCode, stderr } = await runCommand(['serve'], { ...FREE_PORTS, [variable]: String(port) });
    holder.close();
    expect(exitCode).toBe(1);
    expect(logLines(stderr)).toMatchObject([
      { code: 'PORT_IN_USE', msg: `port ${port} of 127.0.0.1 is in use; set ${variable} to a free port` },
    ]);
  });

  it('serves, scores the example through it, and stops at SIGTERM with a stream open', async () => {
    // On a busy machine the rows of `score` may wait longer than the default bound.
    const { serving, target } = await serveUntilReady({ ...FREE_PORTS, PAIRSTREAM_MAX_QUEUE_MS: '3600000' });
    const out = join(folder, 'p.csv');
    const scored = await runCommand([
      'score',
      '--in',
      EXAMPLE_FILE,
      '--out',
      out,
      '--target',
      target,
      '--json',
    ]);
    expect([scored.exitCode, JSON.parse(scored.stdout)]).toMatchObject([
      0,
      { rowCount: 12_000, failedRowCount: 0, rungs: { full: 12_000 }, missingMembers: [] },
    ]);
    const predictions = (await Array.fromAsync(readPredictionFile(out))).flat();
    const [first] = await exampleRows(1);
    expect(predictions).toHaveLength(12_000);
    expect(predictions[0]).toMatchObject({ tweetId: first!.tweetId, readerId: first!.reader.id });

    using raw = openRawStream(target);
    raw.call.write(encodeRequest(requestOf(await exampleRows(10)), 1));
    await once(raw.call, 'data');
    const ended = once(raw.call, 'end');
    raw.call.resume();
    serving.process.kill('SIGTERM');
    const { exitCode, stdout, stderr } = await serving.finished;
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(logLines(stderr).map(({ msg }) => msg)).toEqual(['serving', 'stopping', 'stopped']);
    await ended;
  });

  it('leaves bad lines out if it is told to, and names them and the rows that were refused', async () => {
    const lines = readFileSync(EXAMPLE_FILE, 'utf8').split('\n').slice(0, 5);
    const fields = lines[3]!.split('\x01');
    const inMilliseconds = fields.with(8, `${fields[8]}000`).join('\x01');
    const part = join(folder, 'bad-rows.tsv');
    writeFileSync(part, [...lines.slice(0, 2), '', lines[2], inMilliseconds, 'a,b', lines[4], ''].join('\n'));
    const out = join(folder, 'bad-rows.csv');
    const args = ['score', '--in', part, '--out', out];
    expect(await runCommand(args)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(
        /^INVALID_DATA_FILE: .*bad-rows\.tsv, line 3: a blank line, expected 20 columns/,
      ),
    });
    expect(existsSync(out)).toBe(false);
    const skipped = await runCommand([...args, '--json', '--bad-rows', 'skip']);
    expect(JSON.parse(skipped.stdout)).toMatchObject({
      rowCount: 5,
      badRowCount: 2,
      failedRowCount: 1,
      firstFailure: { row: 4, reason: expect.stringContaining('milliseconds?') },
    });
    const told = readFileSync(`${out}.bad-rows.tsv`, 'utf8').trimEnd().split('\n');
    expect(told.map((text) => /line (\d): /.exec(text)?.[1])).toEqual(['3', '6']);
    expect(told[1]).toMatch(/\ta,b$/);
  });

  it('scores by a gateway of its own whatever queue callers of a gateway are allowed', async () => {
    const out = join(folder, 'queue.csv');
    const environment = { PAIRSTREAM_MAX_QUEUE_MS: '1' };
    const scored = await runCommand(['score', '--in', EXAMPLE_FILE, '--out', out, '--json'], environment);
    expect(scored).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(scored.stdout)).toMatchObject({ rowCount: 12_000, failedRowCount: 0 });
  });

  it('scores by a gateway of its own, to the same numbers as by a running gateway; files are CSV or Arrow', async () => {
    const part = join(folder, 'part-formats.tsv');
    const lines = readFileSync(EXAMPLE_FILE, 'utf8').split('\n').slice(0, 1_000);
    writeFileSync(part, `${lines.join('\n')}\n`);
    await using served = await startTestGateway();
    const score = async (name: string, ...options: string[]) => {
      const out = join(folder, name);
      const scored = await runCommand(['score', '--in', part, '--out', out, ...options]);
      expect(scored).toMatchObject({ exitCode: 0, stderr: '' });
      return (await Array.fromAsync(readPredictionFile(out))).flat();
    };
    const csv = await score('formats.csv', '--target', served.target);
    const arrow = await score('formats.arrow', '--batch-size', '333');
    expect(csv).toHaveLength(lines.length);
    expect(arrow.map(({ tweetId, readerId }) => [tweetId, readerId])).toEqual(
      csv.map(({ tweetId, readerId }) => [tweetId, readerId]),
    );
    const differences = arrow.flatMap(({ probabilities }, i) =>
      Array.from(probabilities, (value, t) => Math.abs(value - csv[i]!.probabilities[t]!)),
    );
    expect(Math.max(...differences)).toBeLessThan(1e-6);
  });

  it('generates, replays and leaves no half file at Ctrl-C', async () => {
    const world = join(folder, 'world');
    const args = [
      '--pairs',
      '6000',
      '--days',
      '3',
      '--users',
      '200',
      '--seed',
      '5',
      '--out',
      world,
      '--json',
    ];
    expect(await runCommand(['generate', ...args])).toMatchObject({ exitCode: 0 });
    const replayed = join(folder, 'replayed');
    const replay = await runCommand([
      'replay',
      '--in',
      world,
      '--out',
      replayed,
      '--warm-up-days',
      '1',
      '--json',
    ]);
    expect(JSON.parse(replay.stdout)).toMatchObject({
      rowCount: 6_000,
      featurisedRowCount: 4_000,
      dayCount: 3,
    });
    expect(readdirSync(replayed)).toEqual([
      'features-00001.arrow',
      'features-00002.arrow',
      'statistics.snapshot',
    ]);
    expect(readFileSync(join(replayed, 'statistics.snapshot'), 'latin1')).toMatch(
      /^\{"format":"pairstream-statistics"/,
    );

    const stopped = join(folder, 'stopped');
    const running = startCommand(['generate', '--pairs', '2000000', '--days', '2', '--out', stopped]);
    await expect
      .poll(() => existsSync(stopped) && readdirSync(stopped).length > 1, { timeout: 150_000 })
      .toBe(true);
    running.process.kill('SIGINT');
    expect(await running.finished).toMatchObject({ exitCode: 130 });
    expect(readdirSync(stopped).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  it('evaluates files, with the true probabilities beside them', async () => {
    const args = ['evaluate', '--in', EXAMPLE_FILE, '--resamples', '5', '--json'];
    const { exitCode, stdout } = await runCommand(args);
    expect(exitCode).toBe(0);
    const report = JSON.parse(stdout) as { rowCount: number; shareOfOracle: { value: number } };
    expect(report.rowCount).toBe(12_000);
    expect(report.shareOfOracle.value).toBeGreaterThan(0.3);
    expect(report.shareOfOracle.value).toBeLessThan(1.1);
  });

  it('warns of rows that the release may have learned from', async () => {
    const part = join(folder, 'part-early.tsv');
    const lines = readFileSync(EXAMPLE_FILE, 'utf8').split('\n').slice(0, 2_000);
    const dayBefore = (line: string): string =>
      line
        .split('\x01')
        .map((field, i) => (field !== '' && (i === 8 || i > 19) ? `${Number(field) - 86_400}` : field))
        .join('\x01');
    const mixed = lines.map((line, i) => (i < 50 ? dayBefore(line) : line));
    writeFileSync(part, `${mixed.join('\n')}\n`);
    const { exitCode, stderr } = await runCommand(['evaluate', '--in', part, '--resamples', '0']);
    expect(exitCode).toBe(0);
    expect(stderr).toBe(
      'warning: 50 of 2000 rows are earlier than 2021-02-24T00:00:00.000Z, where the statistics of the release end: the release may have learned from them, expected later rows\n',
    );
  });

  it('measures what is left with models missing', async () => {
    const pipeline = writeTwoModelLadder(folder);
    const lines = readFileSync(EXAMPLE_FILE, 'utf8').split('\n').slice(0, 4_000);
    const part = join(folder, 'part-ladder.tsv');
    writeFileSync(part, `${lines.join('\n')}\n`);
    const args = ['evaluate', '--ladder', '--pipeline', pipeline, '--in', part, '--resamples', '5'];
    const { exitCode, stdout } = await runCommand([...args, '--json']);
    expect(exitCode).toBe(0);
    const { ladder, members, meanRce } = JSON.parse(stdout) as Required<EvaluationReport>;
    expect(ladder.map(({ name, rung, missing }) => [name, rung, missing])).toEqual([
      ['full', 'full', []],
      ['base_rates', 'base_rates', []],
      ['without xgb1', 'either', ['xgb1']],
      ['without nn1', 'either', ['nn1']],
    ]);
    const [full, baseRates, ...alone] = ladder;
    expect(full).toMatchObject({ meanRce, ensembleMinus: { rce: { value: 0, low: 0, high: 0 } } });
    expect(baseRates!.ensembleMinus.rce.low).toBeGreaterThan(5);
    // One of two without the other is that one alone.
    for (const [i, name] of ['nn1', 'xgb1'].entries()) {
      const member = members.find((candidate) => candidate.name === name)!;
      expect(alone[i]!.meanRce.value).toBeCloseTo(member.meanRce.value, 3);
      expect(alone[i]!.ensembleMinus.rce.value).toBeCloseTo(member.ensembleMinus.rce.value, 3);
    }
    expect((await runCommand(args)).stdout).toMatch(/^without nn1 +either +0\.\d{4} \(/m);
  });

  it.each(['none/x.svg', '/dev/null/x.svg', '.', ''])(
    'evaluate --plot %j fails before the rows are scored, with nothing on stdout',
    async (path) => {
      const args = ['evaluate', '--in', EXAMPLE_FILE, '--pipeline', 'not-read-yet.yaml', '--plot', path];
      expect(await runCommand(args)).toMatchObject({
        exitCode: 1,
        stdout: '',
        stderr: expect.stringMatching(/^OUTPUT_FAILED: /),
      });
    },
  );

  it('does not take true probabilities of other rows', async () => {
    const other = join(folder, 'other');
    mkdirSync(other);
    const lines = readFileSync(EXAMPLE_FILE, 'utf8').split('\n').slice(0, 30);
    writeFileSync(join(other, 'part-1.tsv'), `${lines.join('\n')}\n`);
    const truths = readFileSync(
      EXAMPLE_FILE.replace('part-', 'truth-').replace('.tsv', '.csv'),
      'utf8',
    ).split('\n');
    const evaluate = (picked: string[]) => {
      writeFileSync(join(other, 'truth-1.csv'), `${picked.join('\n')}\n`);
      return runCommand(['evaluate', '--in', other, '--resamples', '0']);
    };
    expect((await evaluate(truths.slice(1, 31))).stderr).toMatch(
      /truth-1.csv: row 1 is of tweet \w+, reader \w+, expected/,
    );
    expect((await evaluate(truths.slice(0, 29))).stderr).toContain('truth-1.csv: 29 rows, expected more');
    expect((await evaluate(truths.slice(0, 31))).stderr).toContain('truth-1.csv: more than 30 rows');
  });

  it.each(['replay', 'evaluate'])(
    '%s leaves bad lines out if it is told to, with their true probabilities',
    async (command) => {
      const bad = join(folder, `bad-rows-${command}`);
      mkdirSync(bad);
      const lines = readFileSync(EXAMPLE_FILE, 'utf8').split('\n').slice(0, -1);
      const changed = (at: number, column: number, value: string): string =>
        lines[at]!.split('\x01').with(column, value).join('\x01');
      const inMilliseconds = `${lines[9]!.split('\x01')[8]}000`;
      const damaged = lines
        .with(0, 'a,b')
        .with(4, changed(4, 20, '0'))
        .with(5, changed(5, 18, inMilliseconds))
        .with(9, changed(9, 8, inMilliseconds))
        .with(lines.length - 1, changed(lines.length - 1, 0, '101\t999999'));
      writeFileSync(join(bad, 'part-1.tsv'), `${damaged.join('\n')}\n`);
      const truths = readFileSync(EXAMPLE_FILE.replace('part-', 'truth-').replace('.tsv', '.csv'), 'utf8');
      writeFileSync(join(bad, 'truth-1.csv'), truths);
      const out = join(folder, `${command}-bad-rows`);
      mkdirSync(out);
      const told = join(out, 'bad-rows.tsv');
      const vocabulary = join(ROOT, 'pipelines/recsys2021/vocab.txt');
      const options =
        command === 'replay'
          ? ['--vocabulary', vocabulary, '--out', out, '--warm-up-days', '0']
          : ['--resamples', '0', '--bad-rows-out', told];
      const args = [command, '--in', bad, ...options];
      expect((await runCommand(args)).stderr).toMatch(
        /^INVALID_DATA_FILE: .*part-1\.tsv, line 1: no Ctrl-A in it, /,
      );
      const skipped = await runCommand([...args, '--json', '--bad-rows', 'skip']);
      expect(skipped.stderr).toBe('');
      expect(JSON.parse(skipped.stdout)).toMatchObject({ rowCount: lines.length - 5, badRowCount: 5 });
      const reasons = readFileSync(told, 'utf8').trimEnd().split('\n');
      expect(reasons.map((text) => /line (\d+)[:,] (.*?)(?:: |\t)/.exec(text)?.slice(1))).toEqual([
        ['1', expect.stringContaining('no Ctrl-A in it, ')],
        ['5', 'column 21 (reply_timestamp)'],
        ['6', 'engaging_user_account_creation'],
        ['10', 'tweet_timestamp'],
        [`${lines.length}`, 'text_tokens'],
      ]);
    },
  );

  it.each(['replay', 'evaluate'])(
    '%s tells the lines it left out if too few rows remain',
    async (command) => {
      const path = join(folder, `no-labels-${command}.tsv`);
      const lines = readFileSync(EXAMPLE_FILE, 'utf8').split('\n').slice(0, 3);
      writeFileSync(path, lines.map((line) => `${line.split('\x01').slice(0, 20).join('\x01')}\n`).join(''));
      const told = join(folder, `${command}-no-labels.tsv`);
      const options =
        command === 'replay'
          ? ['--vocabulary', join(ROOT, 'pipelines/recsys2021/vocab.txt'), '--out', join(folder, 'no-labels')]
          : ['--bad-rows-out', told];
      const args = [command, '--in', path, ...options];
      const problem = `${path}, line 1: 20 columns, expected 24 with labels`;
      expect((await runCommand(args)).stderr).toBe(`INVALID_DATA_FILE: ${problem}\n`);
      const { stderr } = await runCommand([...args, '--bad-rows', 'skip']);
      expect(stderr).toMatch(/^INVALID_DATA_FILE: 0 rows.*, expected/);
      expect(stderr).toContain(`(3 lines were no rows and left out, the first: ${problem})`);
      expect(existsSync(told)).toBe(false);
    },
  );

  it('evaluate tells the lines it left out if the rest has no engagement', async () => {
    const path = join(folder, 'flag-labels.tsv');
    const lines = readFileSync(EXAMPLE_FILE, 'utf8').split('\n').slice(0, 3);
    const flag = lines[1]!.split('\x01').with(20, '0').join('\x01');
    writeFileSync(path, `${lines.with(1, flag).join('\n')}\n`);
    const told = join(folder, 'flag-labels-bad.tsv');
    const args = ['evaluate', '--in', path, '--bad-rows', 'skip', '--bad-rows-out', told];
    const { stderr } = await runCommand(args);
    expect(stderr).toMatch(
      /^INVALID_DATA_FILE: \w+: no popularity group has rows with and without it, expected/,
    );
    const problem = `${path}, line 2, column 21 (reply_timestamp): 0 is a flag`;
    expect(stderr).toContain(`(1 line was no row and left out, the first: ${problem}`);
    expect(readFileSync(told, 'utf8')).toContain(problem);
  });

  it('the client can be imported by its public name', () => {
    const program = "const c = await import('@pairstream/client'); console.log(Object.keys(c).sort().join())";
    const names = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(names.trim()).toBe(
      'EventKind,Media,PairstreamClient,RequestBuilder,ServerError,TweetType,explanationBytes',
    );
  });

  it('score ends at an answer below the rung that will do, and leaves nothing behind', async () => {
    const engine = new BreakableBackend(new SmallBackend());
    using pipeline = new SmallPipeline();
    await using served = await startTestGateway({ pipeline: pipeline.path }, { backend: engine });
    const failure = new PairstreamError('BACKEND_FAILED', 'broken by the test');
    engine.failureOf = (model) => (model === 'b' ? failure : undefined);
    const out = join(folder, 'rung.csv');
    const common = ['score', '--in', EXAMPLE_FILE, '--out', out, '--target', served.target, '--min-rung'];
    const refused = await runCommand([...common, 'full']);
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^DEGRADED: answered at /) });
    expect(existsSync(out) || existsSync(`${out}.partial`)).toBe(false);
    const { exitCode, stdout } = await runCommand([...common, 'stage2']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('rungs of the ladder: 12000 at stage2 (missing: b)\n');
  });

  it('score finds no gateway: it says where, exits 1 and leaves nothing behind', async () => {
    const out = join(folder, 'unreachable.csv');
    const { exitCode, stderr } = await runCommand([
      'score',
      '--in',
      EXAMPLE_FILE,
      '--out',
      out,
      '--target',
      '127.0.0.1:9',
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^no gateway answers at 127\.0\.0\.1:9 within 10000 ms \(.*\)\n$/);
    expect(existsSync(out) || existsSync(`${out}.partial`)).toBe(false);
  });

  it('scores an empty file into an empty one', async () => {
    const empty = join(folder, 'empty.tsv');
    writeFileSync(empty, '');
    const out = join(folder, 'empty.csv');
    expect(await runCommand(['score', '--in', empty, '--out', out])).toMatchObject({ exitCode: 0 });
    expect(readFileSync(out, 'utf8')).toBe('');
  });

  it('replay looks for the vocabulary beside a single part file', async () => {
    const { exitCode, stderr } = await runCommand([
      'replay',
      '--in',
      EXAMPLE_FILE,
      '--out',
      join(folder, 'none'),
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('examples/vocab.txt: cannot be read');
  });

  it('a client finds no server: a clear error', async () => {
    const client = new PairstreamClient({ target: '127.0.0.1:9' });
    await expect(client.waitForReady(200)).rejects.toMatchObject({ code: 14 });
    client.close();
  });

  it('checks a model repository: 0 without an error, 1 with one, a line for each', async () => {
    using repository = new SeededRepository();
    const check = (...options: string[]) => runCommand(['models', 'check', repository.path, ...options]);
    expect(await check('--pipeline', TWO_MODELS)).toEqual({
      exitCode: 0,
      stdout: '3 models checked for Triton 2.73 (26.09): 0 errors, 0 warnings\n',
      stderr: '',
    });
    repository.edit('xgb1', 'KIND_AUTO', 'KIND_GPU');
    expect(await check()).toMatchObject({ exitCode: 0 });
    repository.edit('nn1', 'max_queue_size: 256', 'max_queue_size: 0');
    const found = await check('--server-version', '25.09');
    expect(found).toMatchObject({ exitCode: 1, stderr: '' });
    expect(found.stdout.replaceAll(repository.path, 'MODELS')).toBe(
      [
        'MODELS/nn1/config.pbtxt: dynamic_batching.default_queue_policy.max_queue_size: 0, expected a bound like 256: 0 is none [error queue-unbounded]',
        '',
        'MODELS/xgb1/config.pbtxt: instance_group[0].kind: KIND_GPU, expected KIND_AUTO alone: a server without a GPU refuses the model [warning instance-gpu]',
        '',
        '3 models checked for Triton 2.61 (25.09): 1 error, 1 warning',
        '',
      ].join('\n'),
    );
    const { exitCode, stdout } = await check('--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      serverVersion: '2.73 (26.09)',
      modelCount: 3,
      errorCount: 1,
      warningCount: 1,
      models: ['nn1', 'nn1_tweet', 'xgb1'],
      findings: [
        { model: 'nn1', rule: 'queue-unbounded', severity: 'error' },
        { model: 'xgb1', rule: 'instance-gpu', severity: 'warning' },
      ],
    });
  });

  it('holds a repository against the batches of a gateway', async () => {
    const options = ['--pipeline', SHIPPED_PIPELINE, '--batch-rows', '20000'];
    const { exitCode, stdout } = await runCommand([
      'models',
      'check',
      join(ROOT, 'triton-models'),
      ...options,
    ]);
    expect(exitCode).toBe(1);
    expect(stdout.match(/max_batch_size: 16384, expected at least 20000/g)).toHaveLength(11);
  });

  it('says in a sentence that there is no repository', async () => {
    expect(await runCommand(['models', 'check', 'nowhere'])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'INVALID_MODEL: nowhere: no such folder\n',
    });
  });
});
