import { readFileSync } from 'node:fs';
import { PairRecorder } from '../../../feedback/events/pair-recorder.js';
import { TOKEN_BYTES, TOKEN_RECORD_AT, TokenCodec } from '../../../feedback/tokens/token-codec.js';
import { TweetRows } from '../../../features/tweet-rows.js';
import { Vocabulary } from '../../../features/text/vocabulary.js';
import { PairBatchBuilder } from '../../../pairs/pair-batch-builder.js';
import type { PartRow } from '../../../pairs/part-row.js';
import { IndexMap } from '../../../statistics/index-map.js';
import { CANDIDATES, chunk, run } from '../load/bench-load.js';
import { ServerProcess } from '../load/server-process.js';
import { spreadOf } from '../measurement.js';
import type { Figure } from '../result.js';

const ROUNDS = 15;
const REPEATS = 300;
const MESSAGES_PER_ROUND = 300;
const IN_FLIGHT = 8;

/**
 * CPU to make and to check a token, the pair record included, in requests of 100 pairs; beside the CPU of a pair in the gateway
 * without models, measured by turns.
 */
export async function benchTokens(vocabularyPath: string, rows: readonly PartRow[]): Promise<Figure[]> {
  const work = tokenWork(vocabularyPath, rows.slice(0, CANDIDATES));
  await using server = await ServerProcess.start({ backend: 'null' });
  const requests = chunk(rows, CANDIDATES);
  await run(server.client, requests, MESSAGES_PER_ROUND, IN_FLIGHT);
  cpuUsOf(work.make);
  cpuUsOf(work.check);
  const samples: Record<'make' | 'check' | 'pair', number[]> = { make: [], check: [], pair: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    samples.make.push(cpuUsOf(work.make));
    samples.check.push(cpuUsOf(work.check));
    const before = await server.cpuUs();
    await run(server.client, requests, MESSAGES_PER_ROUND, IN_FLIGHT);
    samples.pair.push(((await server.cpuUs()) - before) / (MESSAGES_PER_ROUND * CANDIDATES));
  }
  const [make, check, pair] = [spreadOf(samples.make), spreadOf(samples.check), spreadOf(samples.pair)];
  const figure = (name: string, { median, p10, p90 }: typeof make): Figure => ({
    name,
    unit: 'us',
    value: median,
    p10,
    p90,
  });
  return [
    { name: 'token', unit: 'bytes', value: TOKEN_BYTES, target: '<= 120' },
    figure('CPU to make a token, 100 in a request', make),
    figure('CPU to check a token, 100 in a request', check),
    figure('CPU of the gateway per pair, null backend, messages of 100', pair),
    {
      name: 'CPU to make a token, of that of a pair',
      unit: '%',
      value: (100 * make.median) / pair.median,
      target: '<= 5',
    },
  ];
}

interface TokenWork {
  readonly make: () => void;
  readonly check: () => void;
}

function tokenWork(vocabularyPath: string, rows: readonly PartRow[]): TokenWork {
  const vocabulary = Vocabulary.parse(readFileSync(vocabularyPath));
  const tweetRows = new TweetRows(vocabulary, { languages: IndexMap.empty('languages') }, 'all');
  const builder = new PairBatchBuilder();
  for (const row of rows) builder.addPartRow(row);
  tweetRows.begin(builder.toBatch());
  const codec = new TokenCodec([{ id: 1, secret: new Uint8Array(16) }]);
  const recorder = new PairRecorder(1);
  const pairs = Uint32Array.from(rows.keys());
  const offsets = pairs.map((pair) => pair * TOKEN_BYTES);
  const records = offsets.map((at) => at + TOKEN_RECORD_AT);
  const lengths = new Uint32Array(rows.length).fill(TOKEN_BYTES);
  const tokens = new Uint8Array(rows.length * TOKEN_BYTES);
  return {
    make: () => {
      recorder.write(tweetRows, pairs, tokens, records);
      codec.seal(tokens, offsets);
    },
    check: () => codec.check(tokens, offsets, lengths, rows.length, new Uint8Array(rows.length)),
  };
}

/** CPU time per token of work on CANDIDATES tokens, microseconds. */
function cpuUsOf(work: () => void): number {
  const before = process.cpuUsage();
  for (let i = 0; i < REPEATS; i += 1) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (REPEATS * CANDIDATES);
}
