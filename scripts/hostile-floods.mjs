// Runs three floods against a gateway inside a memory limit, and prints its peak memory and the answers of a well-behaved caller.
// The well-behaved caller has a connection of its own: it sends a Predict message of 100 pairs with a deadline of 1 s, then
// GetServerInfo, waits 100 ms, and repeats. The floods run in a thread of their own, so that they do not delay the caller.
// Usage: node scripts/hostile-floods.mjs [seconds per flood, default 60] [limit in MiB, default 2048]; builds must exist (make build).
// With write access to a memory cgroup (v1) the kernel holds the limit; otherwise the script ends the gateway above the limit.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { PairstreamClient, RequestBuilder } from '@pairstream/client';
import { readPartFile } from '../dist/pairs/part-file-reader.js';

const FLOODS = ['comma header', 'gzip', 'reflection'];
const seconds = Number(process.argv[2] ?? 60);
const limitMb = Number(process.argv[3] ?? 2_048);
const PAIRS = 100;
const TIMEOUT_MS = 1_000;
const PAUSE_MS = 100;
const CGROUP = '/sys/fs/cgroup/memory/pairstream-hostile-floods';
const GRPC_PORT = 58_751;
const ADMIN_PORT = 58_752;
const target = `127.0.0.1:${GRPC_PORT}`;

let isLimited = true;
try {
  mkdirSync(CGROUP, { recursive: false });
  writeFileSync(`${CGROUP}/memory.limit_in_bytes`, String(limitMb * 1_048_576));
} catch {
  isLimited = false;
}

/** Messages of the example file, sent in turn. */
const messages = [];
for await (const rows of readPartFile('examples/part-00020.tsv')) {
  for (let at = 0; at + PAIRS <= rows.length; at += PAIRS) {
    const builder = new RequestBuilder();
    for (const row of rows.slice(at, at + PAIRS)) builder.addPartRow(row);
    messages.push(builder.take());
  }
  if (messages.length >= 50) break;
}

async function startGateway() {
  const join = isLimited ? `echo $$ > ${CGROUP}/cgroup.procs; ` : '';
  const gateway = spawn('sh', ['-c', `${join}exec node dist/cli/main.js serve`], {
    env: {
      ...process.env,
      PAIRSTREAM_GRPC_PORT: String(GRPC_PORT),
      PAIRSTREAM_ADMIN_PORT: String(ADMIN_PORT),
    },
    stdio: 'ignore',
  });
  const isReady = () =>
    fetch(`http://127.0.0.1:${ADMIN_PORT}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (gateway.exitCode === null && !(await isReady())) await sleep(300);
  return gateway;
}

/** Calls of one method: how many ended in which way, and how long answers took. */
class Tally {
  answeredMs = [];
  failures = new Map();

  async add(call) {
    const startedMs = performance.now();
    try {
      await call;
      this.answeredMs.push(performance.now() - startedMs);
    } catch (error) {
      const name = error.reason ?? `code ${error.code}`;
      this.failures.set(name, (this.failures.get(name) ?? 0) + 1);
    }
  }

  describe() {
    const sorted = this.answeredMs.toSorted((a, b) => a - b);
    const quantile = (share) => (sorted[Math.ceil(sorted.length * share) - 1] ?? NaN).toFixed(0);
    const failed = [...this.failures].map(([name, count]) => `, ${name} ${count}`).join('');
    return `answered ${sorted.length}${failed} (p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms)`;
  }
}

async function runFlood(name) {
  const gateway = await startGateway();
  const lives = () => gateway.exitCode === null && gateway.signalCode === null;
  const client = new PairstreamClient({ target });
  const worker = new URL('hostile-flood-worker.mjs', import.meta.url);
  const flood = name === 'none' ? undefined : new Worker(worker, { workerData: { name, target, seconds } });
  const predict = new Tally();
  const info = new Tally();
  let peakMb = 0;
  const endMs = performance.now() + seconds * 1_000;
  for (let i = 0; performance.now() < endMs && lives(); i += 1) {
    await predict.add(client.predict(messages[i % messages.length], { timeoutMs: TIMEOUT_MS }));
    await info.add(client.getServerInfo({ timeoutMs: TIMEOUT_MS }));
    if (!lives()) break;
    const status = readFileSync(`/proc/${gateway.pid}/status`, 'utf8');
    peakMb = Math.max(peakMb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024);
    if (peakMb > limitMb) gateway.kill('SIGKILL');
    await sleep(PAUSE_MS);
  }
  await flood?.terminate();
  const state = lives() ? 'lives' : 'DEAD';
  const held = isLimited ? 'cgroup' : 'polled';
  console.log(`${name}: ${state}, peak RSS ${peakMb.toFixed(0)} of ${limitMb} MiB (${held})`);
  console.log(`  Predict ${predict.describe()}\n  GetServerInfo ${info.describe()}`);
  client.close();
  if (!lives()) return;
  const exited = new Promise((resolve) => gateway.once('exit', resolve));
  gateway.kill('SIGTERM');
  await exited;
}

for (const name of FLOODS) await runFlood(name);
if (isLimited) rmdirSync(CGROUP);
