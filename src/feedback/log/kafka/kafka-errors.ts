import { findErrorBy } from '@platformatic/kafka';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import { hintOf } from './connection-hints.js';
import type { KafkaSettings } from './kafka-log-options.js';

/** Time after which a caller should send its events again, while the brokers are away. */
const RETRY_AFTER_MS = 1_000;

type Place = Pick<KafkaSettings, 'brokers' | 'topic'>;

/**
 * The topic cannot take or deliver events at the moment.
 * @param isFirst true if no request has succeeded yet
 */
export function unavailable(settings: KafkaSettings, cause: unknown, isFirst = false): PairstreamError {
  const { brokers, topic } = settings;
  const hint = hintOf(cause, settings, isFirst);
  return new PairstreamError(
    'EVENT_LOG_UNAVAILABLE',
    `topic ${topic} at ${brokers.join(', ')}: ${reasonOf(cause)}${hint === undefined ? '' : `; ${hint}`}`,
    { retryAfterMs: RETRY_AFTER_MS, cause },
  );
}

/** The brokers answer, and have no such topic. */
export function topicMissing({ brokers, topic }: Place, cause: unknown): PairstreamError {
  return new PairstreamError(
    'EVENT_LOG_UNAVAILABLE',
    `topic ${topic} does not exist at ${brokers.join(', ')}; create it with its partitions, replicas and retention (kafka-topics.sh --create --topic ${topic}), or correct PAIRSTREAM_KAFKA_TOPIC`,
    { retryAfterMs: RETRY_AFTER_MS, cause },
  );
}

/** The topic does not hold the events after an offset. @param held offsets that the partition holds */
export function gap(
  { topic }: Place,
  partition: number,
  offset: number,
  held: { readonly oldest: number; readonly end: number } | undefined,
): PairstreamError {
  const holds = held === undefined ? '' : `: the partition holds offsets ${held.oldest} to ${held.end}`;
  return new PairstreamError(
    'EVENT_LOG_GAP',
    `topic ${topic}, partition ${partition} cannot be read from offset ${offset}${holds}; start from a newer snapshot (pairstream build-snapshots publishes them), or lengthen the retention of the topic`,
  );
}

/** The topic has another id than the one that the log was opened with. */
export function createdAgain(id: string): string {
  return `the topic was deleted and created again, with id ${id}`;
}

/** The position is not of this topic. */
export function foreignPosition({ topic }: Place, problem: string): PairstreamError {
  return new PairstreamError(
    'EVENT_LOG_GAP',
    `topic ${topic} cannot be read from the position of the snapshot: ${problem}; start from a snapshot that was made with this topic`,
  );
}

/** True if the brokers answered that they have no such topic. */
export function isUnknownTopic(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    findErrorBy(error, 'apiId', 'UNKNOWN_TOPIC_OR_PARTITION') !== null ||
    error.message.startsWith('Unknown topic ')
  );
}

/** Advice of Node behind the reason of a certificate that it does not trust. */
const ADVICE_OF_NODE = /; if the root CA is installed locally.*/;

/** Errors of the brokers of the list, or of the attempts, that are told. */
const MAX_REASONS = 3;

/** Messages of an error of the library and its innermost errors, on one line. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0)
    return [...new Set(error.errors.map(reasonOf))].slice(-MAX_REASONS).join('; ');
  if (!(error instanceof Error)) return String(error);
  const line = (error.message.split('\n')[0] ?? '').replace(ADVICE_OF_NODE, '');
  if (!(error.cause instanceof Error)) return line;
  const cause = reasonOf(error.cause);
  return cause === line ? line : `${line} (${cause})`;
}
