import { setTimeout as sleep } from 'node:timers/promises';
import { type PredictInput, RequestBuilder } from '@pairstream/client';
import type { PartRow } from '../../../pairs/part-row.js';
import type { Figure } from '../result.js';
import { ServerProcess } from '../load/server-process.js';

const STREAM_COUNT = 5_000;
const SETTLE_MS = 2_000;

/** Measures the memory of idle streams: 5,000 open PredictStream calls that send nothing. */
export async function benchIdleStreams(rows: readonly PartRow[]): Promise<Figure[]> {
  await using server = await ServerProcess.start({ backend: 'null' });
  const builder = new RequestBuilder();
  for (const row of rows.slice(0, 100)) builder.addPartRow(row);
  const request = builder.take();
  await server.client.predict(request);
  const before = await server.memory();
  const idle = Promise.withResolvers<undefined>();
  const streams = Array.from({ length: STREAM_COUNT }, () =>
    server.client.predictStream(waitFor(idle.promise)),
  );
  const ended = streams.map((stream) => stream.next());
  await sleep(SETTLE_MS);
  const { rowStatus } = await server.client.predict(request);
  if (rowStatus.length > 0) throw new Error('the gateway does not answer well beside idle streams');
  const after = await server.memory();
  idle.resolve(undefined);
  await Promise.all(ended);
  const perStream = (bytes: number): number => bytes / STREAM_COUNT;
  return [
    {
      name: `memory of an idle stream, ${STREAM_COUNT} of them: heap and buffers`,
      unit: 'bytes',
      value: perStream(after.heapBytes - before.heapBytes),
    },
    {
      name: `memory of an idle stream, ${STREAM_COUNT} of them: resident`,
      unit: 'bytes',
      value: perStream(after.residentBytes - before.residentBytes),
    },
  ];
}

/** Requests that never come, until the promise says that none will. */
async function* waitFor(end: Promise<undefined>): AsyncGenerator<PredictInput> {
  const none: PredictInput | undefined = await end;
  if (none !== undefined) yield none;
}
