import { ProduceAcks, Producer } from '@platformatic/kafka';
import {
  BrokenCircuitError,
  circuitBreaker,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleAll,
} from 'cockatiel';
import type { BrokerAddresses } from './broker-addresses.js';
import { clientOptions } from './client-options.js';
import { createdAgain, isUnknownTopic, topicMissing, unavailable } from './kafka-errors.js';
import type { KafkaLogOptions } from './kafka-log-options.js';
import { messagesOf, type PartitionMessage } from './partition-messages.js';

/** Retries of a request by the library, with the same sequence numbers: leaders move, and coordinators load their state. */
const RETRIES = 3;
const RETRY_DELAY_MS = 250;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 3_000;

/**
 * Sends events to the partitions of a topic: idempotent producer, acknowledged by all replicas in sync. After a failure, sends are
 * refused at once during a pause that doubles with each failure, and the next send uses a new producer.
 */
export class TopicSender {
  private readonly breaker = circuitBreaker(handleAll, {
    breaker: new ConsecutiveBreaker(1),
    halfOpenAfter: new ExponentialBackoff({ initialDelay: FIRST_PAUSE_MS, maxDelay: LONGEST_PAUSE_MS }),
  });
  private producer: Producer | undefined;
  private lastError: unknown;

  constructor(
    private readonly options: KafkaLogOptions,
    private readonly addresses: BrokerAddresses,
    private readonly topicId: string,
  ) {}

  /**
   * Sends events; one call at a time. Resolves when they are durable.
   * @param appends each n x EVENT_BYTES
   * @throws PairstreamError EVENT_LOG_UNAVAILABLE; some of the events may be in the topic then
   */
  async send(appends: readonly Uint8Array[]): Promise<void> {
    try {
      await this.breaker.execute(() => this.sendNow(appends));
    } catch (error) {
      const reason = error instanceof BrokenCircuitError ? this.lastError : error;
      throw isUnknownTopic(reason) ? topicMissing(this.options, reason) : unavailable(this.options, reason);
    }
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    const { producer } = this;
    this.producer = undefined;
    await producer?.close().catch(() => undefined);
  }

  private async sendNow(appends: readonly Uint8Array[]): Promise<void> {
    const { inOrder } = this.addresses;
    this.producer ??= new Producer({
      ...clientOptions(this.options, inOrder),
      retries: RETRIES,
      retryDelay: RETRY_DELAY_MS,
    });
    const { producer } = this;
    try {
      const partitionCount = await this.countPartitions(producer);
      for (const messages of messagesOf(appends, partitionCount)) await this.sendMessages(producer, messages);
    } catch (error) {
      this.lastError = error;
      // The sequence numbers of a producer are uncertain after a failure.
      await this.close();
      this.addresses.rotate(inOrder[0]);
      throw error;
    }
  }

  private async countPartitions(producer: Producer): Promise<number> {
    const { topic } = this.options;
    const { topics } = await producer.metadata({ topics: [topic], retries: 0 });
    const found = topics.get(topic);
    if (found === undefined || found.partitionsCount === 0) throw new Error(`Unknown topic ${topic}`);
    // No gateway with a snapshot of the first topic would read the events.
    if (found.id !== this.topicId) throw new Error(createdAgain(found.id));
    return found.partitionsCount;
  }

  private async sendMessages(producer: Producer, messages: readonly PartitionMessage[]): Promise<void> {
    const { topic } = this.options;
    await producer.send({
      messages: messages.map(({ partition, value }) => ({ topic, partition, value })),
      acks: ProduceAcks.ALL,
      idempotent: true,
    });
  }
}
