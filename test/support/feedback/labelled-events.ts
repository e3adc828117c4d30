import { COMPONENT_LANES } from '../../../src/features/key-components.js';
import { writePairComponents } from '../../../src/features/pair-kernel.js';
import type { Vocabulary } from '../../../src/features/text/vocabulary.js';
import { TweetRows } from '../../../src/features/tweet-rows.js';
import { EVENT_BYTES, IMPRESSION, timeOf, writeEvent } from '../../../src/feedback/events/event-record.js';
import { writePairRecord } from '../../../src/feedback/events/pair-record.js';
import { PairBatchBuilder } from '../../../src/pairs/pair-batch-builder.js';
import type { PartRow } from '../../../src/pairs/part-row.js';
import type { StatisticsTables } from '../../../src/statistics/statistics-tables.js';
import { TEST_SCHEME } from './test-scheme.js';

/** The events of labelled rows, as replay counts them, in the order of their time. One array per event. */
export function labelledEvents(
  rows: readonly PartRow[],
  vocabulary: Vocabulary,
  statistics: Pick<StatisticsTables, 'languages'>,
  keyScheme = TEST_SCHEME,
): Uint8Array<ArrayBuffer>[] {
  const builder = new PairBatchBuilder();
  for (const row of rows) builder.addPartRow(row);
  const batch = builder.toBatch();
  const tweetRows = new TweetRows(vocabulary, statistics, 'all');
  tweetRows.begin(batch);
  const components = new Int32Array(COMPONENT_LANES);
  const events = rows.flatMap(({ engagementTimesS }, pair) => {
    const tweet = batch.pairs.tweetIndex[pair]!;
    tweetRows.ensure(tweet);
    tweetRows.readComponents(tweet, components);
    writePairComponents(batch, pair, components);
    const shownAtS = batch.tweets.createdAtS[tweet]!;
    const record = new Uint8Array(EVENT_BYTES);
    const head = { keyScheme, predictedAtS: shownAtS };
    writePairRecord(head, components, { lo: 0, hi: 0 }, new DataView(record.buffer), 0);
    const engagements = engagementTimesS!.flatMap((timeS, target) =>
      timeS === null ? [] : [eventOf(record, target, Math.max(timeS, shownAtS))],
    );
    return [eventOf(record, IMPRESSION, shownAtS), ...engagements];
  });
  return events.toSorted((a, b) => timeOf(new DataView(a.buffer), 0) - timeOf(new DataView(b.buffer), 0));
}

/** An event with another kind and time. */
export function eventOf(record: Uint8Array, kind: number, timeS: number): Uint8Array<ArrayBuffer> {
  const event = new Uint8Array(record);
  writeEvent(new DataView(event.buffer), 0, kind, timeS);
  return event;
}

/** Events in one buffer, as a call submits them. */
export function packEvents(events: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(events.length * EVENT_BYTES);
  events.forEach((event, i) => packed.set(event, i * EVENT_BYTES));
  return packed;
}
