// Runs three floods against a gateway inside a memory limit, and prints its peak memory and whether another caller was answered.
// Usage: node scripts/hostile-floods.mjs [seconds per flood, default 60] [limit in MiB, default 2048]; builds must exist (make build).
// With write access to a memory cgroup (v1) the kernel holds the limit; otherwise the script ends the gateway above the limit.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

const seconds = Number(process.argv[2] ?? 60);
const limitMb = Number(process.argv[3] ?? 2_048);
const MIB = 1_048_576;
const CGROUP = '/sys/fs/cgroup/memory/pairstream-hostile-floods';
const GRPC_PORT = 58_751;
const ADMIN_PORT = 58_752;
const frame = (message, flag) => {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};
const open = () => connect(`http://127.0.0.1:${GRPC_PORT}`).on('error', () => undefined);
const request = (session, path, headers = {}) =>
  session
    .request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    })
    .on('error', () => undefined);

const PAIR_SERVICE = '/pairstream.v1.PairService/';
const symbol = Buffer.from('pairstream.v1.PairService');
const reflectionRequest = frame(Buffer.concat([Buffer.from([0x22, symbol.length]), symbol]), 0);

/** One round of each flood: starts calls on a connection and resolves when some of them have ended. */
const FLOODS = {
  'comma header': async (session) => {
    const headers = { 'x-bin': Array.from({ length: 15 }, () => ','.repeat(4_000)) };
    const calls = Array.from({ length: 50 }, () =>
      request(session, `${PAIR_SERVICE}GetServerInfo`, headers).resume(),
    );
    for (const call of calls) call.end(frame(Buffer.alloc(0), 0));
    await Promise.race([
      Promise.all(calls.map((call) => new Promise((resolve) => call.once('close', resolve)))),
      sleep(1_000),
    ]);
  },
  gzip: async (session) => {
    const packed = (FLOODS.packed ??= frame(gzipSync(Buffer.alloc(64 * MIB - 1)), 1));
    const calls = Array.from({ length: 150 }, () =>
      request(session, `${PAIR_SERVICE}Predict`, { 'grpc-encoding': 'gzip' }).resume(),
    );
    for (const call of calls) call.end(packed);
    await Promise.race([
      Promise.all(calls.map((call) => new Promise((resolve) => call.once('close', resolve)))),
      sleep(5_000),
    ]);
  },
  reflection: async (session) => {
    const call = request(session, '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo');
    // Without a listener for data the answers are not read.
    for (let i = 0; i < 100; i += 1) {
      call.write(Buffer.concat(Array.from({ length: 500 }, () => reflectionRequest)));
      await sleep(10);
    }
  },
};

let isLimited = true;
try {
  mkdirSync(CGROUP, { recursive: false });
  writeFileSync(`${CGROUP}/memory.limit_in_bytes`, String(limitMb * MIB));
} catch {
  isLimited = false;
}

async function runFlood(name, flood) {
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
  const other = open();
  let answered = 0;
  let asked = 0;
  let slowestMs = 0;
  let peakMb = 0;
  const endMs = performance.now() + seconds * 1_000;
  const isRunning = () =>
    performance.now() < endMs && gateway.exitCode === null && gateway.signalCode === null;
  const flooding = (async () => {
    let session = open();
    while (isRunning()) {
      if (session.closed || session.destroyed) session = open();
      await flood(session).catch(() => undefined);
    }
    session.destroy();
  })();
  while (isRunning()) {
    const startedMs = performance.now();
    asked += 1;
    const call = request(other, `${PAIR_SERVICE}GetServerInfo`).resume();
    call.end(frame(Buffer.alloc(0), 0));
    const isAnswered = await Promise.race([
      new Promise((resolve) => call.once('trailers', (trailers) => resolve(trailers['grpc-status'] === '0'))),
      sleep(10_000, false),
    ]);
    if (isAnswered) answered += 1;
    slowestMs = Math.max(slowestMs, performance.now() - startedMs);
    if (!isRunning()) break;
    const status = readFileSync(`/proc/${gateway.pid}/status`, 'utf8');
    peakMb = Math.max(peakMb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024);
    if (peakMb > limitMb) gateway.kill('SIGKILL');
    await sleep(200);
  }
  await flooding;
  const lives = gateway.exitCode === null && gateway.signalCode === null;
  console.log(
    `${name}: ${lives ? 'lives' : 'DEAD'}, peak RSS ${peakMb.toFixed(0)} of ${limitMb} MiB (${isLimited ? 'cgroup' : 'polled'}), another caller answered ${answered} of ${asked}, slowest ${slowestMs.toFixed(0)} ms`,
  );
  other.destroy();
  if (lives) {
    gateway.kill('SIGTERM');
    await new Promise((resolve) => gateway.once('exit', resolve));
  }
}

for (const [name, flood] of Object.entries(FLOODS))
  if (typeof flood === 'function') await runFlood(name, flood);
if (isLimited) rmdirSync(CGROUP);
