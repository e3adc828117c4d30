import { Consumer, findErrorBy, ListOffsetTimestamps, type RecordsBatch } from '@platformatic/kafka';
import type { BrokerAddresses } from './broker-addresses.js';
import { clientOptions } from './client-options.js';
import { gap } from './kafka-errors.js';
import type { KafkaLogOptions } from './kafka-log-options.js';

/** Time that a broker waits for new messages before it answers with none. */
const MAX_WAIT_MS = 100;
const MAX_FETCH_BYTES = 4 * 2 ** 20;
const MAX_PARTITION_BYTES = 2 ** 20;
/** Attribute of a batch whose records are markers of transactions. */
const IS_CONTROL_BATCH = 1 << 5;

/** A topic at this moment. */
export interface TopicLayout {
  /** A topic that was deleted and created again has another id. */
  readonly id: string;
  /** Broker id of the leader of each partition; -1 if it has none. */
  readonly leaders: readonly number[];
}

/** A message of a partition. */
export interface FetchedMessage {
  readonly offset: number;
  readonly value: Buffer | null;
}

/** Answer for one partition. */
export interface FetchedPartition {
  readonly partition: number;
  readonly messages: readonly FetchedMessage[];
  /** Offset of the next fetch. */
  readonly nextOffset: number;
  /** Offset after the newest durable message. */
  readonly endOffset: number;
}

/**
 * Reads a topic from given offsets. It joins no consumer group and commits no offsets. It does not retry; all methods reject with the
 * error of the library if a broker is away or does not answer in time.
 */
export class TopicReader {
  private consumer: Consumer;
  /** Broker that the consumer asks first. */
  private first: string | undefined;

  constructor(
    private readonly options: KafkaLogOptions,
    private readonly addresses: BrokerAddresses,
  ) {
    this.consumer = this.connect();
  }

  /** Id and leaders, at most METADATA_MAX_AGE_MS old. */
  async layout(): Promise<TopicLayout> {
    const { topic } = this.options;
    const { topics, brokers } = await this.consumer.metadata({ topics: [topic] });
    this.addresses.learn(brokers.values());
    const found = topics.get(topic);
    if (found === undefined) throw new Error(`Unknown topic ${topic}`);
    return { id: found.id, leaders: found.partitions.map(({ leader }) => leader) };
  }

  /** Offset of the oldest message of each partition, or of the next one. */
  async offsets(of: 'oldest' | 'end'): Promise<number[]> {
    const { topic } = this.options;
    const timestamp = of === 'oldest' ? ListOffsetTimestamps.EARLIEST : ListOffsetTimestamps.LATEST;
    const offsets = await this.consumer.listOffsets({ topics: [topic], timestamp });
    return (offsets.get(topic) ?? []).map(Number);
  }

  /**
   * Fetches the messages from an offset of every partition. Waits up to MAX_WAIT_MS for new ones.
   * @param next offset of each partition of the layout
   * @throws PairstreamError EVENT_LOG_GAP if a partition does not hold its offset
   */
  async fetch({ id, leaders }: TopicLayout, next: readonly number[]): Promise<FetchedPartition[]> {
    const withoutLeader = leaders.indexOf(-1);
    if (withoutLeader >= 0) {
      this.consumer.clearMetadata();
      throw new Error(`partition ${withoutLeader} has no leader`);
    }
    const nodes = [...new Set(leaders)];
    const ofNode = (node: number): number[] => [...leaders.keys()].filter((i) => leaders[i] === node);
    const answers = await Promise.all(nodes.map((node) => this.fetchFrom(node, id, ofNode(node), next)));
    return answers.flat();
  }

  /** Connects anew, first to another broker, and asks for the leaders again. Fetches in flight fail. */
  reconnect(): void {
    const { consumer } = this;
    this.addresses.rotate(this.first);
    this.consumer = this.connect();
    void consumer.close(true).catch(() => undefined);
  }

  /** Closes the connections; fetches in flight fail. */
  async close(): Promise<void> {
    await this.consumer.close(true).catch(() => undefined);
  }

  private connect(): Consumer {
    const { options, addresses } = this;
    const { inOrder } = addresses;
    this.first = inOrder[0];
    const consumer = new Consumer({ ...clientOptions(options, inOrder), groupId: 'pairstream' });
    consumer.topics.track(options.topic);
    return consumer;
  }

  private async fetchFrom(
    node: number,
    topicId: string,
    partitions: readonly number[],
    next: readonly number[],
  ): Promise<FetchedPartition[]> {
    try {
      const { responses } = await this.consumer.fetch({
        node,
        minBytes: 1,
        maxBytes: MAX_FETCH_BYTES,
        maxWaitTime: MAX_WAIT_MS,
        topics: [
          { topicId, partitions: partitions.map((partition) => requestOf(partition, next[partition]!)) },
        ],
      });
      return responses.flatMap((topic) =>
        topic.partitions.map(({ partitionIndex, records, highWatermark }) =>
          fetchedOf(partitionIndex, next[partitionIndex]!, records ?? [], Number(highWatermark)),
        ),
      );
    } catch (error) {
      if (error instanceof Error && findErrorBy(error, 'apiId', 'OFFSET_OUT_OF_RANGE') !== null)
        throw await this.gapOf(next, error);
      throw error;
    }
  }

  /** The partition that does not hold its offset. @returns `error` if every partition holds its offset by now */
  private async gapOf(next: readonly number[], error: Error): Promise<Error> {
    const [oldest, end] = [await this.offsets('oldest'), await this.offsets('end')];
    const partition = next.findIndex(
      (offset, i) => offset < (oldest[i] ?? 0) || offset > (end[i] ?? Infinity),
    );
    if (partition < 0) return error;
    return gap(this.options, partition, next[partition]!, {
      oldest: oldest[partition]!,
      end: end[partition]!,
    });
  }
}

interface PartitionRequest {
  readonly partition: number;
  readonly fetchOffset: bigint;
  readonly currentLeaderEpoch: number;
  readonly lastFetchedEpoch: number;
  readonly partitionMaxBytes: number;
}

function requestOf(partition: number, offset: number): PartitionRequest {
  return {
    partition,
    fetchOffset: BigInt(offset),
    currentLeaderEpoch: -1,
    lastFetchedEpoch: -1,
    partitionMaxBytes: MAX_PARTITION_BYTES,
  };
}

/** Messages of batches. The first batch may begin before the offset; control records are not messages. */
function fetchedOf(
  partition: number,
  from: number,
  batches: readonly RecordsBatch[],
  endOffset: number,
): FetchedPartition {
  const messages: FetchedMessage[] = [];
  let nextOffset = from;
  for (const { firstOffset, lastOffsetDelta, attributes, records } of batches) {
    const first = Number(firstOffset);
    if ((attributes & IS_CONTROL_BATCH) === 0) {
      for (const { offsetDelta, value } of records)
        if (first + offsetDelta >= from) messages.push({ offset: first + offsetDelta, value });
    }
    nextOffset = Math.max(nextOffset, first + lastOffsetDelta + 1);
  }
  return { partition, messages, nextOffset, endOffset };
}
