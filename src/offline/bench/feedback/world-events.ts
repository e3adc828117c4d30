import type { TweetRows } from '../../../features/tweet-rows.js';
import { EVENT_BYTES, IMPRESSION, writeEvent } from '../../../feedback/events/event-record.js';
import { PAIR_RECORD_BYTES } from '../../../feedback/events/pair-record.js';
import { PairRecorder } from '../../../feedback/events/pair-recorder.js';
import { PairBatchBuilder } from '../../../pairs/pair-batch-builder.js';
import type { PartRow } from '../../../pairs/part-row.js';
import type { World } from '../../world/world.js';

/** An event of a pair that is not written yet. */
interface PairEvent {
  readonly pair: number;
  readonly kind: number;
  readonly timeS: number;
}

/** Event records of a world's rows, in the order of their times within each batch of rows. */
export class WorldEvents {
  private readonly recorder: PairRecorder;

  /** @param tweetRows created with names @param keyScheme of the release */
  constructor(
    private readonly world: World,
    private readonly tweetRows: TweetRows,
    keyScheme: number,
  ) {
    this.recorder = new PairRecorder(keyScheme);
  }

  /** Yields events of the days from `firstDay` on, without an end. */
  *read(firstDay: number): Generator<Uint8Array<ArrayBuffer>, never> {
    for (let day = firstDay; ; day += 1)
      for (const pairs of this.world.generateDay(day)) yield this.eventsOf(pairs.map(({ row }) => row));
  }

  private eventsOf(rows: readonly PartRow[]): Uint8Array<ArrayBuffer> {
    const builder = new PairBatchBuilder();
    for (const row of rows) builder.addPartRow(row);
    this.tweetRows.begin(builder.toBatch());
    const records = new Uint8Array(rows.length * PAIR_RECORD_BYTES);
    const pairs = Uint32Array.from(rows.keys());
    this.recorder.write(
      this.tweetRows,
      pairs,
      records,
      pairs.map((pair) => pair * PAIR_RECORD_BYTES),
    );
    const events = rows.flatMap(eventsOfRow).sort((a, b) => a.timeS - b.timeS);
    const bytes = new Uint8Array(events.length * EVENT_BYTES);
    const view = new DataView(bytes.buffer);
    for (const [i, { pair, kind, timeS }] of events.entries()) {
      const recordAt = pair * PAIR_RECORD_BYTES;
      bytes.set(records.subarray(recordAt, recordAt + PAIR_RECORD_BYTES), i * EVENT_BYTES);
      writeEvent(view, i * EVENT_BYTES, kind, timeS);
    }
    return bytes;
  }
}

function eventsOfRow({ tweetCreatedAtS, engagementTimesS }: PartRow, pair: number): PairEvent[] {
  const engagements = (engagementTimesS ?? []).flatMap((engagedAtS, kind) =>
    engagedAtS === null ? [] : [{ pair, kind, timeS: Math.max(engagedAtS, tweetCreatedAtS) }],
  );
  return [{ pair, kind: IMPRESSION, timeS: tweetCreatedAtS }, ...engagements];
}
