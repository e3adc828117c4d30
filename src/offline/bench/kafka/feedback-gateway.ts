import { setTimeout as sleep } from 'node:timers/promises';
import type { PartRow } from '../../../pairs/part-row.js';
import { sendEvents } from '../feedback/event-source.js';
import { TokenSource } from '../feedback/token-source.js';
import { ServerProcess } from '../load/server-process.js';
import type { KafkaServer } from './kafka-server.js';

const POLL_MS = 5;
const KINDS_PER_PAIR = 2;

/** A gateway process, without models, whose feedback goes through a topic. */
export class FeedbackGateway implements AsyncDisposable {
  private readonly tokenSource: TokenSource;
  private sentCount = 0;

  private constructor(
    private readonly server: ServerProcess,
    rows: readonly PartRow[],
  ) {
    this.tokenSource = new TokenSource(server.client, rows);
  }

  /**
   * @param stateDir an empty folder
   * @param rows whose pairs are asked for, again and again with other tweets
   */
  static async start(
    kafka: KafkaServer,
    topic: string,
    stateDir: string,
    rows: readonly PartRow[],
  ): Promise<FeedbackGateway> {
    const { address: broker } = kafka;
    const server = await ServerProcess.start({ backend: 'null', stateDir, kafka: { broker, topic } });
    return new FeedbackGateway(server, rows);
  }

  /** Tokens of new pairs, two events each. @param eventCount an even number */
  async takeTokens(eventCount: number): Promise<readonly Uint8Array[]> {
    return await this.tokenSource.take(eventCount / KINDS_PER_PAIR);
  }

  /** Sends the events of tokens as fast as they are acknowledged. Resolves when all of them are in the statistics. */
  async sendAndApply(tokens: readonly Uint8Array[]): Promise<void> {
    this.sentCount += tokens.length * KINDS_PER_PAIR;
    await sendEvents(this.server.client, tokens, new AbortController().signal, Infinity);
    while ((await this.server.appliedCount()) < this.sentCount) await sleep(POLL_MS);
  }

  /** CPU time of the gateway so far, microseconds. */
  async cpuUs(): Promise<number> {
    return await this.server.cpuUs();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}
