// Worker thread of hostile-floods.mjs: sends one flood to a gateway until the given time is over.
import { connect } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';

const { name, target, seconds } = workerData;
const MIB = 1_048_576;
const PAIR_SERVICE = '/pairstream.v1.PairService/';

const frame = (message, flag) => {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};
const open = () => connect(`http://${target}`).on('error', () => undefined);
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
/** Sends a body on each call and resolves when all calls have ended or the time is over. */
const sendAll = (calls, body, limitMs) => {
  for (const call of calls) call.resume().end(body);
  return Promise.race([
    Promise.all(calls.map((call) => new Promise((resolve) => call.once('close', resolve)))),
    sleep(limitMs),
  ]);
};

const symbol = Buffer.from('pairstream.v1.PairService');
const reflectionRequest = frame(Buffer.concat([Buffer.from([0x22, symbol.length]), symbol]), 0);
const packed = frame(gzipSync(Buffer.alloc(64 * MIB - 1)), 1);
const commas = { 'x-bin': Array.from({ length: 15 }, () => ','.repeat(4_000)) };

/** One round of each flood on a connection. */
const ROUNDS = {
  'comma header': (session) => {
    const calls = Array.from({ length: 50 }, () => request(session, `${PAIR_SERVICE}GetServerInfo`, commas));
    return sendAll(calls, frame(Buffer.alloc(0), 0), 1_000);
  },
  gzip: (session) => {
    const headers = { 'grpc-encoding': 'gzip' };
    const calls = Array.from({ length: 150 }, () => request(session, `${PAIR_SERVICE}Predict`, headers));
    return sendAll(calls, packed, 5_000);
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

const endMs = performance.now() + seconds * 1_000;
let session = open();
while (performance.now() < endMs) {
  if (session.closed || session.destroyed) session = open();
  await ROUNDS[name](session).catch(() => undefined);
}
session.destroy();
process.exit();
