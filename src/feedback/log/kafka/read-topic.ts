import { KafkaLog } from './kafka-log.js';
import type { KafkaSettings } from './kafka-log-options.js';

/**
 * Reads the events that a topic holds at the time of the call. The order inside a partition is that of the topic. Writes nothing, and
 * joins no consumer group. If a broker is away, it waits until the broker answers.
 * @param onEvents receives event records; valid during the call
 * @param warn writes one line for the user
 * @throws PairstreamError EVENT_LOG_UNAVAILABLE if no broker answers at first, or they have no such topic; CANCELLED
 */
export async function readTopic(
  settings: KafkaSettings,
  onEvents: (events: Uint8Array) => void,
  warn: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const log = await KafkaLog.open({ ...settings, warn });
  const close = (): void => void log.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    await log.consume(undefined, ({ events }) => onEvents(events));
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', close);
    await log.close();
  }
}
