import { ExponentialBackoff, handleAll, handleWhen, retry } from 'cockatiel';
import type { PairstreamError } from '../../../errors/pairstream-error.js';
import { EVENT_BYTES } from '../../events/event-record.js';
import type { Deliver, EventLog, EventLogState, LogPosition } from '../event-log.js';
import { GroupCommit } from '../group-commit.js';
import { closed } from '../log-errors.js';
import { BrokerAddresses } from './broker-addresses.js';
import { isUnreachable } from './connection-hints.js';
import { foreignPosition, gap, isUnknownTopic, topicMissing, unavailable } from './kafka-errors.js';
import type { KafkaLogOptions } from './kafka-log-options.js';
import { TopicDelivery } from './topic-delivery.js';
import { readPosition, type TopicPosition, writePosition } from './topic-position.js';
import { type TopicLayout, TopicReader } from './topic-reader.js';
import { TopicSender } from './topic-sender.js';

const MAX_UNSYNCED_BYTES = 32 * 2 ** 20;
/** Longest time between two attempts to reach a broker at the start, milliseconds. */
const LONGEST_WAIT_MS = 2_000;

/** Leaders move, and a broker that has just started does not know its partitions. */
const lookups = retry(handleAll, {
  maxAttempts: 5,
  backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: 2_000 }),
});

/**
 * Event log in a Kafka topic that many gateways share. A message holds events of one partition. Every gateway reads all partitions from
 * the offsets of its snapshot; offsets are never committed to Kafka. Kafka's retention deletes old events.
 */
export class KafkaLog implements EventLog {
  private readonly sender: TopicSender;
  private readonly commits: GroupCommit;
  private readonly deliveries = new Map<TopicDelivery, Promise<void>>();
  private readonly failed = Promise.withResolvers<never>();
  private appended = 0;
  private isClosed = false;

  private constructor(
    private readonly options: KafkaLogOptions,
    private readonly reader: TopicReader,
    addresses: BrokerAddresses,
    /** Id of the topic. A topic that was deleted and created again has another one. */
    readonly topicId: string,
  ) {
    this.sender = new TopicSender(options, addresses, topicId);
    this.commits = new GroupCommit(options.maxUnsyncedBytes ?? MAX_UNSYNCED_BYTES, (appends) =>
      this.write(appends),
    );
    this.failed.promise.catch(() => undefined);
  }

  /**
   * @param onUnreachable called once if no broker can be reached; the log is then opened when one answers. Default: an error
   * @throws PairstreamError EVENT_LOG_UNAVAILABLE if no broker answers, or they have no such topic
   */
  static async open(
    options: KafkaLogOptions,
    onUnreachable?: (problem: PairstreamError) => void,
  ): Promise<KafkaLog> {
    const addresses = new BrokerAddresses(options.brokers);
    const reader = new TopicReader(options, addresses);
    try {
      const { id } = await reachedLayout(reader, options, onUnreachable);
      return new KafkaLog(options, reader, addresses, id);
    } catch (error) {
      await reader.close();
      throw problemOf(options, error, true);
    }
  }

  /** Place before the first event that the topic ever held. */
  get origin(): LogPosition {
    return writePosition({ topicId: this.topicId, offsets: [] });
  }

  get failure(): Promise<never> {
    return this.failed.promise;
  }

  get state(): EventLogState {
    return {
      diskBytes: 0,
      maxDiskBytes: 0,
      unsyncedBytes: this.commits.unsyncedBytes,
      maxUnsyncedBytes: this.commits.maxBytes,
      lagCount: Math.max(0, ...[...this.deliveries.keys()].map(({ lagCount }) => lagCount)),
      appendedCount: this.appended,
      storedCount: Number.NaN,
      isAway: [...this.deliveries.keys()].some(({ isAway }) => isAway),
      skippedMessageCount: Math.max(
        0,
        ...[...this.deliveries.keys()].map(({ skippedMessageCount }) => skippedMessageCount),
      ),
    };
  }

  append(events: Uint8Array): Promise<void> {
    return this.commits.append(events);
  }

  async consume(from: LogPosition | undefined, deliver: Deliver): Promise<void> {
    if (this.isClosed) throw closed();
    const [position, ends] = await this.startOf(from);
    const delivery = new TopicDelivery(this.reader, this.options, position, [...ends], deliver);
    const stored = delivery.deliverTo(ends);
    const running = stored.then(() => delivery.deliverForever());
    this.deliveries.set(
      delivery,
      running.catch(() => undefined).finally(() => this.deliveries.delete(delivery)),
    );
    await stored;
    running.catch(this.failed.reject);
  }

  /** Does nothing: the retention of the topic deletes old events, because other gateways may need them. */
  async trim(): Promise<void> {}

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.commits.close();
    for (const delivery of this.deliveries.keys()) delivery.close();
    await Promise.all([...this.deliveries.values(), this.sender.close()]);
    await this.reader.close();
    this.options.owner?.[Symbol.dispose]();
  }

  private async write(appends: readonly Uint8Array[]): Promise<void> {
    await this.sender.send(appends);
    this.appended += appends.reduce((sum, { length }) => sum + length, 0) / EVENT_BYTES;
  }

  /** Offsets of all partitions to begin with, and the ends of the partitions. */
  private async startOf(from: LogPosition | undefined): Promise<[TopicPosition, readonly number[]]> {
    try {
      const [oldest, ends] = await lookups.execute(() => this.bounds());
      if (from === undefined) return [{ topicId: this.topicId, offsets: oldest }, ends];
      return [this.checked(from, oldest, ends), ends];
    } catch (error) {
      throw problemOf(this.options, error);
    }
  }

  private async bounds(): Promise<[oldest: readonly number[], ends: readonly number[]]> {
    try {
      return [await this.reader.offsets('oldest'), await this.reader.offsets('end')];
    } catch (error) {
      this.reader.reconnect();
      throw error;
    }
  }

  private checked(from: LogPosition, oldest: readonly number[], ends: readonly number[]): TopicPosition {
    const { options, topicId } = this;
    const position = readPosition(from);
    if (position === undefined)
      throw foreignPosition(options, `${JSON.stringify(from)} is no position of a Kafka topic`);
    if (position.topicId !== topicId)
      throw foreignPosition(options, `it is of topic id ${position.topicId}, the topic has id ${topicId}`);
    const offsets = ends.map((_, i) => position.offsets[i] ?? 0);
    for (const [partition, offset] of offsets.entries()) {
      const held = { oldest: oldest[partition] ?? 0, end: ends[partition] ?? 0 };
      if (offset < held.oldest || offset > held.end) throw gap(options, partition, offset, held);
    }
    return { topicId, offsets };
  }
}

/** Layout of the topic; with `onUnreachable`, when a broker can be reached. @throws Error of the last broker */
async function reachedLayout(
  reader: TopicReader,
  options: KafkaLogOptions,
  onUnreachable: ((problem: PairstreamError) => void) | undefined,
): Promise<TopicLayout> {
  const brokerCount = options.brokers.length;
  if (onUnreachable === undefined) return await firstLayout(reader, brokerCount);
  const waiting = retry(
    handleWhen((error) => !isUnknownTopic(error) && isUnreachable(error, options)),
    {
      maxAttempts: Number.MAX_SAFE_INTEGER,
      backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: LONGEST_WAIT_MS }),
    },
  );
  const told = waiting.onFailure(({ handled, reason }) => {
    if (!handled) return;
    told.dispose();
    onUnreachable(unavailable(options, 'error' in reason ? reason.error : undefined, true));
  });
  return await waiting.execute(async ({ attempt }) => {
    if (attempt > 0) reader.reconnect();
    return await firstLayout(reader, brokerCount);
  });
}

/** Layout of the topic by the first broker that answers. @throws Error of the last broker */
async function firstLayout(reader: TopicReader, brokerCount: number): Promise<TopicLayout> {
  for (let asked = 1; asked < brokerCount; asked += 1) {
    try {
      return await reader.layout();
    } catch (error) {
      if (isUnknownTopic(error)) throw error;
      reader.reconnect();
    }
  }
  return await reader.layout();
}

function problemOf(options: KafkaLogOptions, error: unknown, isFirst = false): Error {
  if (error instanceof Error && error.name === 'PairstreamError') return error;
  return isUnknownTopic(error) ? topicMissing(options, error) : unavailable(options, error, isFirst);
}
