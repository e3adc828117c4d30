import {
  Consumer,
  type MessagesStream,
  MessagesStreamFallbackModes,
  MessagesStreamModes,
  ProduceAcks,
  Producer,
} from '@platformatic/kafka';

/** A topic that is written and read by the client library as its documentation shows: an idempotent producer and a stream of messages. */
export class BareTopic implements AsyncDisposable {
  private constructor(
    private readonly topic: string,
    private readonly partitionCount: number,
    private readonly producer: Producer,
    private readonly consumer: Consumer,
    private readonly stream: MessagesStream<Buffer, Buffer, Buffer, Buffer>,
  ) {}

  /** Connects, and sends a first message, for the id of the producer. */
  static async open(broker: string, topic: string, partitionCount: number): Promise<BareTopic> {
    const options = { clientId: 'bare', bootstrapBrokers: [broker] };
    const producer = new Producer({ ...options, retries: 10, retryDelay: 200 });
    const consumer = new Consumer({ ...options, groupId: 'bare' });
    await producer.send({
      messages: [{ topic, partition: 0, value: Buffer.alloc(1) }],
      acks: ProduceAcks.ALL,
      idempotent: true,
    });
    const offsets = Array.from({ length: partitionCount }, (_, partition) => ({
      topic,
      partition,
      offset: partition === 0 ? 1n : 0n,
    }));
    const stream = await consumer.consume({
      topics: [topic],
      mode: MessagesStreamModes.MANUAL,
      fallbackMode: MessagesStreamFallbackModes.FAIL,
      offsets,
      autocommit: false,
      maxWaitTime: 100,
    });
    return new BareTopic(topic, partitionCount, producer, consumer, stream);
  }

  /** Sends messages of given sizes, one of each partition at a time, until all are received. @param messageBytes size of each */
  async sendAndReceive(messageBytes: readonly number[]): Promise<void> {
    const received = this.receive(messageBytes.length);
    for (let at = 0; at < messageBytes.length; at += this.partitionCount) {
      const messages = messageBytes
        .slice(at, at + this.partitionCount)
        .map((bytes, partition) => ({ topic: this.topic, partition, value: Buffer.allocUnsafe(bytes) }));
      await this.producer.send({ messages, acks: ProduceAcks.ALL, idempotent: true });
    }
    await received;
  }

  /** Closes both clients. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.producer.close();
    await this.consumer.close(true);
  }

  private async receive(messageCount: number): Promise<void> {
    let left = messageCount;
    await new Promise<void>((resolve, reject) => {
      this.stream.on('error', reject);
      this.stream.on('data', () => {
        left -= 1;
        if (left === 0) resolve();
      });
    });
  }
}
