import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMarkdownBlocks } from '../support/processes/markdown-blocks.js';
import { openRepositoryView, type RepositoryView } from '../support/repositories/repository-view.js';
import { type FinishedProgram, runProgram } from '../support/processes/run-program.js';
import { ROOT, startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';
import { RecordingProxy, requestOfJson } from './recording-proxy.js';

/** The first run downloads and compiles what an example needs. */
const RUN_MS = 900_000;
const NOT_HERE = 3;
const DOCUMENTED_TARGET = '127.0.0.1:50051';
/** Nobody listens on port 1. */
const NOBODY = '127.0.0.1:1';
const REFUSED = /127\.0\.0\.1:1\b.*refused|ECONNREFUSED 127\.0\.0\.1:1$/i;
/** What pip and Go say when they cannot reach where packages are. */
const NO_NETWORK = /NewConnectionError|NameResolutionError|ConnectTimeout|no such host|dial tcp|i\/o timeout/;
/** By heading of a client: which of its commands runs the client. */
const CLIENTS = { TypeScript: 0, Python: 1, Go: 1 } as const;
type Language = keyof typeof CLIENTS;
/** Stubs that a reader of the page has made. */
const GENERATED = /^(python\/(pairstream|google)|go\/stubs)\//;

const isRequired = process.env['PAIRSTREAM_REQUIRE_ALL'] === '1';
const blocks = readMarkdownBlocks(join(ROOT, 'examples/README.md'));

describe('examples/README.md', () => {
  let served: TestGateway;
  let proxy: RecordingProxy;
  let view: RepositoryView;
  let pathFolders = `${join(process.execPath, '..')}:`;
  let stubs: FinishedProgram;
  /** By language: the request that the client sent, and what it printed. */
  const exchanges = new Map<string, { readonly request: object | undefined; readonly printed: string }>();

  const run = (command: string, target = served.target): Promise<FinishedProgram> =>
    runProgram('bash', ['--norc', '-euo', 'pipefail', '-c', command.replaceAll(DOCUMENTED_TARGET, target)], {
      cwd: view.root,
      env: { ...process.env, PATH: `${pathFolders}${process.env['PATH'] ?? ''}` },
    });
  const commandsUnder = (heading: string): string[] =>
    blocks.filter((block) => block.heading === heading && block.language === 'bash').map(({ text }) => text);
  /** Runs the client of a language, and keeps what the client sent and printed. */
  const runClient = async (language: Language): Promise<FinishedProgram> => {
    const finished = await run(commandsUnder(language)[CLIENTS[language]]!, proxy.target);
    const [request, ...others] = proxy.takeRequests();
    expect(others).toEqual([]);
    exchanges.set(language, { request, printed: finished.stdout });
    return finished;
  };
  const canSkip = (finished: FinishedProgram): boolean =>
    !isRequired && (finished.status === NOT_HERE || NO_NETWORK.test(finished.stderr));

  beforeAll(async () => {
    served = await startTestGateway();
    proxy = await RecordingProxy.start(served.target);
    view = openRepositoryView();
    stubs = await run(`command -v python3 >/dev/null || exit ${NOT_HERE}; ${commandsUnder('Python')[0]}`);
  }, RUN_MS);
  afterAll(async () => {
    view[Symbol.dispose]();
    proxy[Symbol.dispose]();
    await served[Symbol.asyncDispose]();
  });

  it('lists files that are there, and all of them', () => {
    const readme = readFileSync(join(ROOT, 'examples/README.md'), 'utf8');
    const named = [...readme.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name!);
    const files = readdirSync(join(ROOT, 'examples'), { recursive: true, encoding: 'utf8' });
    const examples = files.filter((path) => /\.(json|tsv|csv|ts|py|go)$/.test(path) && !GENERATED.test(path));
    expect(named.toSorted()).toEqual(examples.toSorted());
    expect(blocks.map(({ heading }) => heading)).toEqual([
      'Command line',
      'grpcurl',
      'grpcurl',
      'Clients',
      'TypeScript',
      'TypeScript',
      'Python',
      'Python',
      'Go',
      'Go',
    ]);
  });

  it('scores by the command line', { timeout: RUN_MS }, async () => {
    const [command] = commandsUnder('Command line');
    const scored = await run(command!);
    expect(scored).toMatchObject({ status: 0 });
    expect(scored.stdout).toContain('12000 pairs scored');
  });

  it('calls by grpcurl', { timeout: RUN_MS }, async (context) => {
    const folder = join(ROOT, '.work/bin');
    const installed = await runProgram(join(ROOT, 'scripts/install-grpcurl.sh'), [folder]);
    if (installed.status !== 0 && canSkip(installed)) context.skip(installed.stderr);
    pathFolders += `${join(installed.stdout.trim(), '..')}:`;
    for (const command of commandsUnder('grpcurl')) {
      const called = await run(command);
      expect(called).toMatchObject({ status: 0, stderr: '' });
      expect(JSON.parse(called.stdout)).toMatchObject({ release_id: served.release.id });
    }
  });

  it('ranks by the TypeScript client', { timeout: RUN_MS }, async () => {
    expect(await runClient('TypeScript')).toMatchObject({ status: 0 });
  });

  it('ranks by the Python client', { timeout: RUN_MS }, async (context) => {
    if (stubs.status !== 0 && canSkip(stubs)) context.skip(stubs.stderr);
    expect(stubs).toMatchObject({ status: 0 });
    expect(await runClient('Python')).toMatchObject({ status: 0 });
  });

  it('ranks by the Go client', { timeout: RUN_MS }, async (context) => {
    const go = await runProgram(join(ROOT, 'scripts/find-go.sh'), [join(ROOT, '.work/bin')]);
    if (go.status !== 0 && canSkip(go)) context.skip(go.stderr);
    if (stubs.status !== 0 && canSkip(stubs)) context.skip(stubs.stderr);
    pathFolders += `${join(go.stdout.trim(), '..')}:`;
    const generated = await run(commandsUnder('Go')[0]!);
    if (generated.status !== 0 && canSkip(generated)) context.skip(generated.stderr);
    expect(generated).toMatchObject({ status: 0 });
    expect(await runClient('Go')).toMatchObject({ status: 0 });
    expect(await run('cd examples/go && go vet ./... && test -z "$(gofmt -l main.go)"')).toMatchObject({
      status: 0,
    });
  });

  it.for(['TypeScript', 'Python', 'Go'] as const)(
    'tells in one line that no gateway answers, in %s',
    { timeout: RUN_MS },
    async (language, context) => {
      if (!isRequired && !exchanges.has(language)) context.skip(`no ${language} here`);
      const failed = await run(commandsUnder(language)[CLIENTS[language]]!, NOBODY);
      expect(failed).toMatchObject({ status: 1, stdout: '' });
      const lines = failed.stderr.trimEnd().split('\n');
      // `go run` adds the exit status of the program.
      expect(lines.filter((line) => line !== 'exit status 1')).toEqual([expect.stringMatching(REFUSED)]);
    },
  );

  it('tells in one line that a target has no port, in TypeScript', { timeout: RUN_MS }, async () => {
    const failed = await run(commandsUnder('TypeScript')[CLIENTS.TypeScript]!, 'localhost');
    const stderr =
      'INVALID_REQUEST: target: "localhost" (a string), expected host:port, for instance 127.0.0.1:50051\n';
    expect(failed).toMatchObject({ status: 1, stdout: '', stderr });
  });

  it('sends one request in every language, and prints one answer', () => {
    const languages = Object.keys(CLIENTS).filter((language) => isRequired || exchanges.has(language));
    const request = requestOfJson(readFileSync(join(ROOT, 'examples/predict-text.json'), 'utf8'));
    const printed = `${blocks.find(({ heading }) => heading === 'Clients')?.text}\n`;
    expect(languages).toContain('TypeScript');
    for (const language of languages)
      expect({ language, ...exchanges.get(language) }).toEqual({ language, request, printed });
  });
});
