import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PairstreamError } from '../../../errors/pairstream-error.js';

const FILE = 'topic-id';

/**
 * Notes the id of the topic that a state directory began with. A state without a snapshot would otherwise go on with the events of a
 * topic that was deleted and created again.
 * @param folder of the state directory for the Kafka log
 * @param topic name and id of the topic that was opened
 * @throws PairstreamError EVENT_LOG_GAP if the directory began with another topic, OUTPUT_FAILED if the folder cannot be written
 */
export function expectSameTopic(folder: string, topic: { readonly name: string; readonly id: string }): void {
  const path = join(folder, FILE);
  try {
    if (!existsSync(path)) {
      writeFileSync(`${path}.partial`, topic.id);
      renameSync(`${path}.partial`, path);
      return;
    }
    const id = readFileSync(path, 'utf8');
    if (id === topic.id) return;
    throw new PairstreamError(
      'EVENT_LOG_GAP',
      `topic ${topic.name} has id ${topic.id}, and the state began with the topic of id ${id}, see ${path}: the topic was deleted and created again, or PAIRSTREAM_KAFKA_TOPIC names another one; move the state directory away, or start from a snapshot that was made with this topic`,
    );
  } catch (error) {
    if (error instanceof PairstreamError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new PairstreamError('OUTPUT_FAILED', `${path}: ${reason}`, { field: path, cause: error });
  }
}
