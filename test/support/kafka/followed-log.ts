import { setTimeout } from 'node:timers/promises';
import type { LogGroup, LogPosition } from '../../../src/feedback/log/event-log.js';
import { KafkaLog } from '../../../src/feedback/log/kafka/kafka-log.js';
import type { KafkaLogOptions } from '../../../src/feedback/log/kafka/kafka-log-options.js';
import { eventsOfPairs, numbersOf } from './numbered-events.js';
import type { KafkaServer } from '../../../src/offline/bench/kafka/kafka-server.js';

const POLL_MS = 20;

/** A log of a topic, and what it has delivered. */
export class FollowedLog implements AsyncDisposable {
  /** Numbers of the delivered events, in order. */
  readonly numbers: number[] = [];
  /** Position of every delivered group. */
  readonly positions: LogPosition[] = [];

  private constructor(
    readonly log: KafkaLog,
    /** Lines that the log has written. */
    readonly warnings: readonly string[],
  ) {}

  /** @param options default: requests fail after 2 s */
  static async open(
    { address }: Pick<KafkaServer, 'address'>,
    topic: string,
    options: Partial<KafkaLogOptions> = {},
  ): Promise<FollowedLog> {
    const warnings: string[] = [];
    const warn = (line: string): void => void warnings.push(line);
    return new FollowedLog(
      await KafkaLog.open({ brokers: [address], topic, requestTimeoutMs: 2_000, warn, ...options }),
      warnings,
    );
  }

  /** Delivers from a position on; resolves when the stored events are delivered. */
  async consume(from?: LogPosition): Promise<this> {
    await this.log.consume(from, (group) => this.take(group));
    return this;
  }

  /** Waits until the log has delivered a number of events. */
  async until(count: number): Promise<void> {
    while (this.numbers.length < count) await setTimeout(POLL_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.log.close();
  }

  private take({ events, position }: LogGroup): void {
    this.numbers.push(...numbersOf(events));
    this.positions.push(position);
  }
}

/** Appends groups until they are durable, again after each failure as a caller does. @returns codes of the failures */
export async function appendAll(
  log: KafkaLog,
  first: number,
  groups: number,
  perGroup: number,
): Promise<string[]> {
  const failures: string[] = [];
  for (let group = 0; group < groups; group += 1) {
    for (;;) {
      try {
        await log.append(eventsOfPairs(first + group * perGroup, perGroup));
        break;
      } catch (error) {
        failures.push(error instanceof Error && 'code' in error ? String(error.code) : String(error));
        await setTimeout(POLL_MS);
      }
    }
  }
  return failures;
}
