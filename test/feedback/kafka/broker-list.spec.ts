import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../../src/offline/bench/free-port.js';
import { FollowedLog } from '../../support/kafka/followed-log.js';
import { useKafkaBroker } from '../../support/kafka/kafka-broker.js';
import { eventsOfPairs } from '../../support/kafka/numbered-events.js';

const TOPIC = 'addresses';
const UNKNOWN_HOST = 'no-such-broker.invalid:9092';
const awayPort = await freePort();
const refusedPort = await freePort();

// Clients of the listener AWAY are told to use a name that does not resolve.
const broker = useKafkaBroker((listeners) => {
  const [plain = ''] = listeners.split(',');
  return {
    listeners: `${listeners},AWAY://127.0.0.1:${awayPort}`,
    'advertised.listeners': `${plain},AWAY://${UNKNOWN_HOST}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,AWAY:PLAINTEXT',
  };
});
let created: Promise<void> | undefined;

/** Opens the log, and appends and delivers an event. @returns what was delivered */
async function tryBrokers(brokers: readonly string[]): Promise<number[]> {
  await (created ??= broker().createTopic({ name: TOPIC, partitionCount: 2 }));
  await using log = await FollowedLog.open(broker(), TOPIC, { brokers, requestTimeoutMs: 500 });
  await log.log.append(eventsOfPairs(1, 1));
  await log.consume();
  return log.numbers;
}

/** A server that is no broker. @param answer to whatever a client sends */
async function otherServer(answer: (socket: Socket) => void): Promise<string> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined).on('data', () => answer(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : '';
}

const silent = (): Promise<string> => otherServer(() => undefined);
const web = (): Promise<string> =>
  otherServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'));
const hangUp = (): Promise<string> => otherServer((socket) => socket.destroy());

it.each<[string, () => Promise<string>]>([
  ['refuses connections', async () => `127.0.0.1:${refusedPort}`],
  ['does not resolve', async () => UNKNOWN_HOST],
  ['accepts connections and never answers', silent],
  ['is a web server', web],
  ['closes every connection', hangUp],
])('works if another address of the list %s, before or behind the broker', async (_, other) => {
  const address = await other();
  expect(await tryBrokers([address, broker().address])).toContain(1);
  expect(await tryBrokers([broker().address, address])).toContain(1);
});

it.each<[string, () => Promise<string>, string]>([
  ['refuses connections', async () => `127.0.0.1:${refusedPort}`, 'connect ECONNREFUSED'],
  [
    'does not resolve',
    async () => UNKNOWN_HOST,
    'PAIRSTREAM_KAFKA_BROKERS must hold names that this machine resolves',
  ],
  ['never answers', silent, 'timed out'],
  ['is a web server', web, 'Connection closed'],
  [
    'is told to use another',
    async () => `127.0.0.1:${awayPort}`,
    'this address is not of PAIRSTREAM_KAFKA_BROKERS: a broker advertises it (advertised.listeners)',
  ],
])('fails with one line if the only address %s', async (_, other, problem) => {
  const address = await other();
  const error: unknown = await tryBrokers([address]).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'EVENT_LOG_UNAVAILABLE' });
  const { message } = error as Error;
  expect(message).toMatch(new RegExp(`^topic ${TOPIC} at ${address}: .+$`));
  expect(message).toContain(problem);
});
