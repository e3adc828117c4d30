import { ServerError } from '@pairstream/client';
import type { BytesChannel } from '@pairstream/client/wire';
import { status } from '@pairstream/grpc-channel';
import type { RandomSource } from '../seeded-random.js';
import { WeightedChoice } from '../weighted-choice.js';
import {
  type ChannelTarget,
  openChannel,
  type OutgoingMessage,
  type Sender,
  type Transport,
} from './sender.js';
import type { Outcome } from './outcome.js';
import { StreamSender } from './stream-sender.js';
import { UnarySender } from './unary-sender.js';

/** Settings of the callers of a run. */
export interface CallerOptions extends ChannelTarget {
  readonly transport: Transport;
  /** Share of the messages of each caller, one or more; they need not sum to 1. */
  readonly shares: readonly number[];
  /** With streams: open calls per caller, 1 or more. */
  readonly streamsPerCaller: number;
}

/** Longest wait for a connection, milliseconds. */
const CONNECT_MS = 10_000;

/** Callers of a gateway, each with a connection of its own. */
export class Callers implements Disposable {
  private readonly choice: WeightedChoice<number>;

  private constructor(
    private readonly channels: readonly BytesChannel[],
    private readonly senders: readonly CallerSender[],
    shares: readonly number[],
  ) {
    this.choice = new WeightedChoice(shares.map((weight, item) => ({ item, weight })));
  }

  /**
   * Connects all callers.
   * @param onDoubled called for each response without an open message
   * @throws ServerError UNAVAILABLE if the gateway cannot be reached within 10 s
   */
  static async connect(options: CallerOptions, onDoubled: () => void): Promise<Callers> {
    const { target, shares } = options;
    const channels = shares.map(() => openChannel(options));
    try {
      await Promise.all(channels.map((channel) => channel.waitForReady(CONNECT_MS)));
    } catch (error) {
      for (const channel of channels) channel.close();
      const reason = error instanceof Error ? error.message : String(error);
      const message = `UNAVAILABLE: --target ${target}: no gateway answers within ${CONNECT_MS} ms (${reason}), expected the host:port of a running gateway`;
      throw ServerError.ofTransport(status.UNAVAILABLE, message, error);
    }
    const senders = channels.map((channel) => new CallerSender(channel, options, onDoubled));
    return new Callers(channels, senders, shares);
  }

  /** Number of the caller of the next message, at random by the shares. */
  draw(random: RandomSource): number {
    return this.choice.draw(random);
  }

  /** Sends a message. @param caller number of the caller, from 0 */
  send(caller: number, message: OutgoingMessage): Promise<Outcome> {
    const sender = this.senders[caller];
    if (sender === undefined) throw new RangeError(`caller ${caller} of ${this.senders.length}`);
    return sender.send(message);
  }

  /** Ends all calls: messages without a response are lost. */
  endCalls(): void {
    for (const sender of this.senders) sender.close();
  }

  [Symbol.dispose](): void {
    this.endCalls();
    for (const channel of this.channels) channel.close();
  }
}

/** Sends the messages of one caller, over its streams by turns. */
class CallerSender implements Sender {
  private readonly senders: readonly Sender[];
  private next = 0;

  constructor(channel: BytesChannel, { transport, streamsPerCaller }: CallerOptions, onDoubled: () => void) {
    this.senders =
      transport === 'unary'
        ? [new UnarySender(channel)]
        : Array.from({ length: streamsPerCaller }, () => new StreamSender(channel, onDoubled));
  }

  send(message: OutgoingMessage): Promise<Outcome> {
    const sender = this.senders[this.next % this.senders.length];
    this.next += 1;
    if (sender === undefined) throw new RangeError('a caller needs one stream or more');
    return sender.send(message);
  }

  close(): void {
    for (const sender of this.senders) sender.close();
  }
}
