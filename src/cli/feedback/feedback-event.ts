import type { EventKindName, FeedbackInput } from '@pairstream/client';
import type { EventPace } from './event-pace.js';

/** One impression or engagement of a row. */
export interface FeedbackEvent {
  /** Unix seconds. */
  readonly timeS: number;
  readonly kind: EventKindName;
  /** Token of the row's pair. */
  readonly token: Uint8Array;
}

/**
 * Cuts events into requests. An event waits for the request of its batch, except if the next event is not due yet.
 * @param maxCount maximum number of events of a request
 * @throws AbortError after the signal
 */
export async function* feedbackRequests(
  events: AsyncIterable<FeedbackEvent> | Iterable<FeedbackEvent>,
  maxCount: number,
  pace: EventPace,
  signal: AbortSignal,
): AsyncGenerator<FeedbackInput> {
  let batch: FeedbackEvent[] = [];
  for await (const event of events) {
    if (!pace.isDue(event.timeS)) {
      if (batch.length > 0) yield requestOf(batch);
      batch = [];
      await pace.until(event.timeS, signal);
    }
    batch.push(event);
    if (batch.length < maxCount) continue;
    yield requestOf(batch);
    batch = [];
  }
  if (batch.length > 0) yield requestOf(batch);
}

function requestOf(events: readonly FeedbackEvent[]): FeedbackInput {
  return {
    token: events.map(({ token }) => token),
    kind: events.map(({ kind }) => kind),
    timeS: events.map(({ timeS }) => timeS),
  };
}
