import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ServerError } from '@pairstream/client';
import {
  eventsOf,
  featuresOf,
  sendFeedback,
  startLearningGateway,
  tokensOf,
} from '../../support/feedback/learning-gateway.js';
import { StateFolder } from '../../support/feedback/state-folder.js';
import { AdminCalls } from '../../support/gateway/admin-calls.js';
import type { TestGateway } from '../../support/gateway/test-gateway.js';
import { useKafkaBroker } from '../../support/kafka/kafka-broker.js';
import { runCommand } from '../../support/processes/cli-process.js';
import { exampleRows, requestOf } from '../../support/requests/example-rows.js';

const RUN_MS = 300_000;
const WAIT = { timeout: 150_000 };
const KEYS = `1:${'ab'.repeat(16)}`;
const TOPIC = 'late-broker';
const broker = useKafkaBroker();

it(
  'a gateway starts while no broker answers, serves the statistics of its snapshot, and goes on when the broker comes',
  { timeout: RUN_MS },
  async () => {
    const state = new StateFolder();
    onTestFinished(() => state[Symbol.dispose]());
    const features = join(state.path, 'features');
    const start = async (changes: { kafkaTopic?: string } = {}): Promise<TestGateway> =>
      await startLearningGateway(join(state.path, 'state'), {
        eventLog: 'kafka',
        kafkaBrokers: broker().address,
        kafkaTopic: TOPIC,
        feedbackKeys: KEYS,
        featureLogDir: features,
        featureLogOneIn: 1,
        ...changes,
      });
    const rows = (await exampleRows(120)).toSorted((a, b) => a.tweetCreatedAtS - b.tweetCreatedAtS);
    const asOfS = rows.at(-1)!.tweetCreatedAtS;
    await broker().createTopic({ name: TOPIC, partitionCount: 3 });
    await expect(start({ kafkaTopic: 'nowhere' })).rejects.toThrow(/topic nowhere does not exist/);

    const first = await start();
    const before = await featuresOf(first.client, rows, asOfS);
    const options = { feedback: { tokens: true } };
    const { feedbackTokens = [] } = await first.client.predict({ ...requestOf(rows), options });
    await sendFeedback(first.client, eventsOf(feedbackTokens.slice(0, 100), rows.slice(0, 100)));
    await expect
      .poll(async () => (await first.client.getServerInfo()).feedback, WAIT)
      .toMatchObject({
        appliedCount: 100,
      });
    const learned = await featuresOf(first.client, rows, asOfS);
    expect(learned).not.toEqual(before);
    await first[Symbol.asyncDispose]();

    await broker().stop('SIGKILL');
    const gateway = await start();
    onTestFinished(() => gateway[Symbol.asyncDispose]());
    const admin = new AdminCalls(gateway.adminUrl);
    expect(await admin.get('/readyz')).toMatchObject({
      status: 200,
      text: expect.stringMatching(/"degraded":"feedback is refused: topic late-broker at [^"]*ECONNREFUSED/),
    });
    expect((await admin.get('/metrics')).text).toMatch(/^pairstream_event_log_away 1$/m);
    expect(await featuresOf(gateway.client, rows, asOfS)).toEqual(learned);
    const events = eventsOf(await tokensOf(gateway.client, rows), rows);
    const refused = await sendFeedback(gateway.client, events).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ServerError);
    expect(refused).toMatchObject({ reason: 'EVENT_LOG_UNAVAILABLE', retryAfterMs: expect.any(Number) });

    await broker().start();
    await expect.poll(async () => (await admin.get('/readyz')).text, WAIT).not.toContain('degraded');
    const [answer] = await sendFeedback(gateway.client, events);
    expect(answer).toMatchObject({ acceptedCount: 20, duplicateCount: 100 });
    await expect
      .poll(async () => (await gateway.client.getServerInfo()).feedback, WAIT)
      .toMatchObject({
        appliedCount: 120,
      });
    expect((await admin.get('/metrics')).text).toMatch(/^pairstream_event_log_away 0$/m);

    const settings = {
      PAIRSTREAM_EVENT_LOG: 'kafka',
      PAIRSTREAM_KAFKA_BROKERS: broker().address,
      PAIRSTREAM_KAFKA_TOPIC: TOPIC,
      PAIRSTREAM_STATE_DIR: join(state.path, 'state'),
      PAIRSTREAM_FEEDBACK_KEYS: KEYS,
    };
    const args = [
      'join-log',
      '--features',
      features,
      '--out',
      join(state.path, 'out'),
      '--keep-open',
      '--json',
    ];
    const joined = await runCommand(args, settings);
    expect(joined).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(joined.stdout)).toMatchObject({ rowCount: 120, eventCount: 120, joinedRowCount: 120 });
  },
);
