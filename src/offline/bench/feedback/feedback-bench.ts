import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PartRow } from '../../../pairs/part-row.js';
import { KafkaServer } from '../kafka/kafka-server.js';
import { CANDIDATES, chunk, oneReaderRequests } from '../load/bench-load.js';
import { ServerProcess } from '../load/server-process.js';
import type { Figure } from '../result.js';
import { atPresent } from './event-source.js';
import { measurePairsBesideEvents } from './pairs-beside-events.js';
import { measureServingPauses } from './serving-pauses.js';
import { TokenSource } from './token-source.js';
import { measureVisibility } from './visibility.js';

const TOPIC = 'pairstream-feedback';
const PARTITION_COUNT = 6;

/**
 * A gateway that learns while it serves: pairs/s beside events, pauses of the serving thread, and the time until an event is visible,
 * with the embedded log and, where Java is, with Kafka.
 * @param root of the repository
 * @param work folder on the disk of the event log, created if needed
 */
export async function benchFeedback(root: string, work: string, rows: readonly PartRow[]): Promise<Figure[]> {
  mkdirSync(work, { recursive: true });
  const folder = mkdtempSync(join(work, 'bench-feedback-'));
  try {
    return [
      ...(await withModels(join(folder, 'models'), rows)),
      ...(await withoutModels(join(folder, 'null'), rows)),
      ...(await withKafka(root, join(folder, 'kafka'), rows)),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function withModels(stateDir: string, rows: readonly PartRow[]): Promise<Figure[]> {
  await using server = await ServerProcess.start({ backend: 'onnx', stateDir });
  const requests = atPresent(oneReaderRequests(rows));
  const tokenSource = new TokenSource(server.client, rows);
  return await measurePairsBesideEvents(
    server,
    'shipped models, one reader x 100',
    requests,
    tokenSource,
    '>= 0.9',
  );
}

async function withoutModels(stateDir: string, rows: readonly PartRow[]): Promise<Figure[]> {
  await using server = await ServerProcess.start({ backend: 'null', stateDir });
  const requests = atPresent(chunk(rows, CANDIDATES));
  const tokenSource = new TokenSource(server.client, rows);
  return [
    ...(await measurePairsBesideEvents(
      server,
      'null backend, messages of 100',
      requests,
      tokenSource,
      undefined,
    )),
    await measureServingPauses(server, tokenSource),
    ...(await measureVisibility(server.client, 'embedded log', requestOfOne(rows), '<= 50')),
  ];
}

async function withKafka(root: string, stateDir: string, rows: readonly PartRow[]): Promise<Figure[]> {
  await using kafka = await KafkaServer.start(root);
  if (kafka === undefined) {
    console.error('feedback: no figures with Kafka, because this machine lacks Java 17 or Maven');
    return [];
  }
  await kafka.createTopic({ name: TOPIC, partitionCount: PARTITION_COUNT });
  await using server = await ServerProcess.start({
    backend: 'null',
    stateDir,
    kafka: { broker: kafka.address, topic: TOPIC },
  });
  return await measureVisibility(server.client, 'Kafka', requestOfOne(rows), '<= 250');
}

function requestOfOne(rows: readonly PartRow[]): ReturnType<typeof chunk>[number] {
  return chunk(rows.slice(0, 1), 1)[0]!;
}
