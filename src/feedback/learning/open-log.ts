import { join } from 'node:path';
import type { PairstreamError } from '../../errors/pairstream-error.js';
import { makeFolder } from '../../files/output-folder.js';
import { EmbeddedLog } from '../log/embedded-log.js';
import type { EventLog, LogPosition } from '../log/event-log.js';
import { KafkaLog } from '../log/kafka/kafka-log.js';
import { expectSameTopic } from '../log/kafka/topic-mark.js';
import { OwnerLock } from '../log/owner-lock.js';
import type { StateSettings } from './state-settings.js';

/** An open log and how the state uses it. */
export interface OpenLog {
  readonly log: EventLog;
  /** Place before the first event that the log ever held. */
  readonly origin: LogPosition | undefined;
  /** See LearningStateOptions. */
  readonly appliesFirst: boolean;
}

/**
 * Opens the event log of the settings, and takes the state directory: one process uses it.
 * @param onUnreachable see KafkaLog.open
 * @throws PairstreamError EVENT_LOG_DAMAGED; EVENT_LOG_UNAVAILABLE if another process has the directory, or no broker answers;
 *   OUTPUT_FAILED if the directory cannot be made;
 *   EVENT_LOG_GAP if the directory began with another topic
 */
export async function openLog(
  { log: settings, folder }: StateSettings,
  warn: (line: string) => void,
  onUnreachable?: (problem: PairstreamError) => void,
): Promise<OpenLog> {
  if (settings.kind === 'embedded') {
    const { maxBytes, retentionS = 0 } = settings;
    const log = await EmbeddedLog.open({ folder: join(folder, 'log'), maxBytes, retentionS });
    return { log, origin: 0, appliesFirst: true };
  }
  const owned = join(folder, 'kafka');
  makeFolder(owned);
  const owner = OwnerLock.take(owned);
  try {
    const log = await KafkaLog.open({ ...settings, owner, warn }, onUnreachable);
    try {
      expectSameTopic(owned, { name: settings.topic, id: log.topicId });
    } catch (error) {
      await log.close();
      throw error;
    }
    return { log, origin: log.origin, appliesFirst: false };
  } catch (error) {
    owner[Symbol.dispose]();
    throw error;
  }
}
