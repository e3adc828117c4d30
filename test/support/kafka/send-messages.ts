import { type CompressionAlgorithmValue, ProduceAcks, Producer } from '@platformatic/kafka';

/** A message of another program. null is a tombstone. */
export interface OtherMessage {
  readonly key?: Buffer;
  readonly value: Buffer | null;
}

/** Sends messages to partition 0 of a topic, as a program that is no gateway does. @param address of a broker */
export async function sendMessages(
  address: string,
  topic: string,
  messages: readonly OtherMessage[],
  compression: CompressionAlgorithmValue = 'none',
): Promise<void> {
  const producer = new Producer({ clientId: 'other', bootstrapBrokers: [address], retries: 5 });
  await producer.send({
    messages: messages.map(({ key, value }) => ({
      topic,
      partition: 0,
      ...(key === undefined ? {} : { key }),
      // The types of the library lack tombstones.
      value: value as Buffer,
    })),
    acks: ProduceAcks.ALL,
    compression,
  });
  await producer.close();
}
