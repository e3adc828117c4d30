import { z } from 'zod';
import type { JsonValue, LogPosition } from '../event-log.js';

const schema = z.object({
  topicId: z.string().min(1),
  offsets: z.array(z.int().min(0)),
});

/** Place in a topic: the offset of the next message of every partition. A partition that is not listed is read from offset 0. */
export interface TopicPosition {
  /** Id of the topic. A topic that was deleted and created again has another one. */
  readonly topicId: string;
  readonly offsets: readonly number[];
}

/** The position as JSON. It has its own copy of the offsets. */
export function writePosition({ topicId, offsets }: TopicPosition): LogPosition {
  return { topicId, offsets: [...offsets] } satisfies JsonValue;
}

/** @returns undefined if the JSON is not a position of a topic */
export function readPosition(position: LogPosition): TopicPosition | undefined {
  return schema.safeParse(position).data;
}
