// Compares `pairstream loadtest` with ghz (https://ghz.sh) by turns: the same message at the same constant rate over one connection.
// ghz counts latency from the actual send, loadtest from the intended one: `lag` is the p50 of the difference. Milliseconds.
//   GOBIN=/tmp/ghz go install github.com/bojand/ghz/cmd/ghz@latest
//   node scripts/compare-ghz.mjs /tmp/ghz/ghz 127.0.0.1:50051 30 16    # rate in messages/s, rounds; after `make build`
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MessagePool } from '../dist/loadtest/messages/message-pool.js';
import { readPartFile } from '../dist/pairs/part-file-reader.js';

const ROOT = join(import.meta.dirname, '..');
const PAIRS = 100;
const SECONDS = 5;
const NS_PER_MS = 1e6;
const [ghz = 'ghz', target = '127.0.0.1:50051', rate = '30', rounds = '16'] = process.argv.slice(2);
const run = promisify(execFile);
const options = { cwd: ROOT, maxBuffer: 2 ** 28 };

const work = join(ROOT, '.work');
mkdirSync(work, { recursive: true });
const messageFile = join(work, 'ghz-message.bin');
for await (const rows of readPartFile(join(ROOT, 'examples/part-00020.tsv'))) {
  const pool = MessagePool.of(rows.slice(0, PAIRS), [{ pairCount: PAIRS, share: 1 }]);
  writeFileSync(messageFile, pool.next(() => 0).bytes);
  break;
}

async function measureGhz() {
  const load = [
    '--rps',
    rate,
    '-z',
    `${SECONDS}s`,
    '--async',
    '--connections',
    '1',
    '-c',
    '50',
    '-O',
    'json',
  ];
  const message = ['--insecure', '--call', 'pairstream.v1.PairService.Predict', '-B', messageFile];
  // ghz asks the gateway for the messages: its parser of proto files does not know optional fields.
  const { stdout } = await run(ghz, [...load, ...message, target], options);
  const { count, latencyDistribution, statusCodeDistribution } = JSON.parse(stdout);
  const at = (percent) =>
    latencyDistribution.find(({ percentage }) => percentage === percent).latency / NS_PER_MS;
  return { count, ok: statusCodeDistribution.OK ?? 0, p50: at(50), p99: at(99) };
}

async function measureLoadtest() {
  const load = ['--rate', rate, '--arrivals', 'constant', '--duration-s', `${SECONDS}`, '--warm-up-s', '0'];
  const message = ['--pairs', `${PAIRS}`, '--rows', `${PAIRS}`, '--target', target, '--json'];
  const args = ['dist/cli/main.js', 'loadtest', ...load, ...message];
  const { stdout } = await run(process.execPath, args, options);
  const [{ arrived, inTime, latencyMs, tool }] = JSON.parse(stdout).steps;
  const { cpuUsPerMessage, sendLagMs } = tool;
  const { p50, p99 } = latencyMs;
  return { count: arrived.messages, ok: inTime.messages, p50, p99, cpuUsPerMessage, lag: sendLagMs.p50 };
}

const quantile = (values, at) => values.toSorted((a, b) => a - b)[Math.floor(at * (values.length - 1))];
const samples = { ghz: [], loadtest: [] };
for (let round = 0; round < Number(rounds); round += 1) {
  // Each tool is first in every other round.
  const turns = [
    ['ghz', measureGhz],
    ['loadtest', measureLoadtest],
  ];
  for (const [name, measure] of round % 2 === 0 ? turns : turns.reverse()) {
    const sample = await measure();
    samples[name].push(sample);
    console.error(name, JSON.stringify(sample));
  }
}
for (const [name, rows] of Object.entries(samples))
  for (const key of ['p50', 'p99', 'lag', 'cpuUsPerMessage']) {
    if (rows[0][key] === undefined) continue;
    const values = rows.map((row) => row[key]);
    const shown = [0, 0.25, 0.5].map((at) => quantile(values, at).toFixed(2));
    console.log(`${name} ${key}: least ${shown[0]}, p25 of rounds ${shown[1]}, median ${shown[2]}`);
  }
