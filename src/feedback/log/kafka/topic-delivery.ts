import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import { EVENT_BYTES } from '../../events/event-record.js';
import type { Deliver } from '../event-log.js';
import { createdAgain, foreignPosition, isUnknownTopic, topicMissing, unavailable } from './kafka-errors.js';
import type { KafkaLogOptions } from './kafka-log-options.js';
import { type TopicPosition, writePosition } from './topic-position.js';
import type { FetchedPartition, TopicReader } from './topic-reader.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Delivers the messages of all partitions from a position on, one group per message. The order inside a partition is that of the topic.
 * While one answer of the brokers is delivered, the next is fetched; memory holds two. If a broker is away, it fetches again with
 * growing pauses.
 */
export class TopicDelivery {
  private readonly closing = new AbortController();
  private readonly retrying = retry(
    handleWhen((error) => !(error instanceof PairstreamError)),
    {
      maxAttempts: Number.MAX_SAFE_INTEGER,
      backoff: new ExponentialBackoff({ initialDelay: FIRST_PAUSE_MS, maxDelay: LONGEST_PAUSE_MS }),
    },
  );
  /** Offsets after the delivered messages, and after the fetched ones. */
  private readonly delivered: number[];
  private readonly fetched: number[];
  private ahead: Promise<FetchedPartition[]> | undefined;
  private messageCount = 0;
  private eventCount = 0;
  private skippedCount = 0;
  private isAwayNow = false;

  /**
   * @param ends offset after the newest message of each partition, at the moment
   */
  constructor(
    private readonly reader: TopicReader,
    private readonly options: KafkaLogOptions,
    private readonly position: TopicPosition,
    private readonly ends: number[],
    private readonly deliver: Deliver,
  ) {
    this.delivered = [...position.offsets];
    this.fetched = [...position.offsets];
  }

  /** Durable events that are not delivered yet: messages, times the mean number of events of the delivered ones. */
  get lagCount(): number {
    const messages = this.ends.reduce((sum, end, i) => sum + Math.max(0, end - (this.delivered[i] ?? 0)), 0);
    return Math.ceil(messages * (this.messageCount === 0 ? 1 : this.eventCount / this.messageCount));
  }

  /** True while the brokers do not answer. */
  get isAway(): boolean {
    return this.isAwayNow;
  }

  /** Messages that hold no event records. */
  get skippedMessageCount(): number {
    return this.skippedCount;
  }

  /** Delivers until every partition has reached its offset, or until `close`. */
  async deliverTo(targets: readonly number[]): Promise<void> {
    while (!this.isClosed && targets.some((target, i) => (this.delivered[i] ?? 0) < target))
      await this.deliverFetch();
  }

  /** Delivers until `close`. */
  async deliverForever(): Promise<void> {
    while (!this.isClosed) await this.deliverFetch();
  }

  /** Ends the delivery after the running `deliver`. */
  close(): void {
    this.closing.abort();
  }

  private get isClosed(): boolean {
    return this.closing.signal.aborted;
  }

  private async deliverFetch(): Promise<void> {
    const partitions = await (this.ahead ?? this.fetch()).catch((error: unknown) => {
      if (this.isClosed) return [];
      throw error;
    });
    this.ahead = undefined;
    for (const { partition, nextOffset, endOffset } of partitions) {
      this.fetched[partition] = nextOffset;
      this.ends[partition] = endOffset;
    }
    if (this.isClosed) return;
    this.ahead = this.fetch();
    this.ahead.catch(() => undefined);
    for (const each of partitions) await this.deliverPartition(each);
  }

  private async deliverPartition({ partition, messages, nextOffset }: FetchedPartition): Promise<void> {
    for (const { offset, value } of messages) {
      if (this.isClosed) return;
      this.delivered[partition] = offset + 1;
      if (value === null || value.length === 0 || value.length % EVENT_BYTES !== 0) {
        this.skip(partition, offset, value?.length ?? 0);
        continue;
      }
      this.messageCount += 1;
      this.eventCount += value.length / EVENT_BYTES;
      const { topicId } = this.position;
      await this.deliver({ events: value, position: writePosition({ topicId, offsets: this.delivered }) });
    }
    this.delivered[partition] = nextOffset;
  }

  /** Fetches, again and again until the brokers answer. */
  private async fetch(): Promise<FetchedPartition[]> {
    const partitions = await this.retrying.execute(
      () => this.fetchOnce().catch((error: unknown) => this.warnOfFailure(error)),
      this.closing.signal,
    );
    if (this.isAwayNow) this.options.warn(`topic ${this.options.topic} is delivered again`);
    this.isAwayNow = false;
    return partitions;
  }

  private async fetchOnce(): Promise<FetchedPartition[]> {
    const layout = await this.reader.layout();
    if (layout.id !== this.position.topicId) throw foreignPosition(this.options, createdAgain(layout.id));
    // A partition that is new is read from its first message.
    while (this.fetched.length < layout.leaders.length) {
      this.fetched.push(0);
      this.delivered.push(0);
      this.ends.push(0);
    }
    return await this.reader.fetch(layout, this.fetched);
  }

  private warnOfFailure(error: unknown): never {
    if (!(error instanceof PairstreamError)) this.reader.reconnect();
    if (!this.isAwayNow && !this.isClosed && !(error instanceof PairstreamError)) {
      const problem = isUnknownTopic(error) ? topicMissing : unavailable;
      this.options.warn(`${problem(this.options, error).message}; events are not delivered until it answers`);
      this.isAwayNow = true;
    }
    throw error;
  }

  /** Counts a message. One line for the first, the second, the fourth and so on. */
  private skip(partition: number, offset: number, length: number): void {
    this.skippedCount += 1;
    if (!Number.isInteger(Math.log2(this.skippedCount))) return;
    this.options.warn(
      `topic ${this.options.topic}, partition ${partition}, offset ${offset}: a message of ${length} bytes is skipped, expected event records of ${EVENT_BYTES} bytes; ${this.skippedCount} skipped so far. Only gateways should write to the topic`,
    );
  }
}
