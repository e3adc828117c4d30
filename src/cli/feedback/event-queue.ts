import TinyQueue from 'tinyqueue';
import type { PartRow } from '../../pairs/part-row.js';
import type { FeedbackEvent } from './feedback-event.js';

/** Kinds of the engagements of a part row, in its order. */
const ENGAGEMENTS = ['REPLY', 'RETWEET', 'QUOTE', 'LIKE'] as const;

/** Merges the events of rows in the order of their times. Memory follows the engagements that are still to come. */
export class EventQueue {
  private readonly queue = new TinyQueue<FeedbackEvent>([], (a, b) => a.timeS - b.timeS);

  /** @param maxCount bound: above it, the earliest events leave before their time */
  constructor(private readonly maxCount: number) {}

  /**
   * Adds the impression of a labelled row at its tweet's time, and each engagement at its own time. An engagement earlier than
   * the tweet counts at the tweet's time.
   */
  addRow({ tweetCreatedAtS, engagementTimesS }: PartRow, token: Uint8Array): void {
    this.queue.push({ timeS: tweetCreatedAtS, kind: 'IMPRESSION', token });
    ENGAGEMENTS.forEach((kind, target) => {
      const engagedAtS = engagementTimesS?.[target] ?? null;
      if (engagedAtS !== null) this.queue.push({ timeS: Math.max(engagedAtS, tweetCreatedAtS), kind, token });
    });
  }

  /** Removes and yields every event before `timeS`, in order; Infinity: all events. */
  *before(timeS: number): Generator<FeedbackEvent, void> {
    for (let next = this.queue.peek(); next !== undefined; next = this.queue.peek()) {
      if (next.timeS >= timeS && this.queue.length <= this.maxCount) return;
      this.queue.pop();
      yield next;
    }
  }
}
