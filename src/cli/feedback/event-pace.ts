import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgumentError } from 'commander';
import { LONGEST_TIMER_MS } from '@pairstream/grpc-channel';

const MS_PER_S = 1_000;
const SPEED = /^(\d+(?:\.\d+)?)x$/;

/** Parses `--speed`: `max`, or a factor such as `60x`. @returns the factor; Infinity for max @throws InvalidArgumentError */
export function parseSpeed(value: string): number {
  const factor = value === 'max' ? Infinity : Number(SPEED.exec(value)?.[1]);
  if (factor > 0) return factor;
  throw new InvalidArgumentError(
    'expected max, or how many seconds of event time pass in a second: 1x, 60x.',
  );
}

/** Clock of a paced run: event time passes `speed` times as fast as real time, from the first event on. */
export class EventPace {
  private startS: number | undefined;
  private startMs = 0;

  /** @param speed factor; Infinity: every event is due at once */
  constructor(private readonly speed: number) {}

  /** True if an event of this time may be sent. The first event starts the clock. @param timeS Unix seconds */
  isDue(timeS: number): boolean {
    return this.delayMs(timeS) <= 0;
  }

  /** Waits until an event of this time is due. @throws AbortError after the signal */
  async until(timeS: number, signal: AbortSignal): Promise<void> {
    for (let leftMs = this.delayMs(timeS); leftMs > 0; leftMs = this.delayMs(timeS))
      await sleep(Math.min(leftMs, LONGEST_TIMER_MS), undefined, { signal });
  }

  private delayMs(timeS: number): number {
    if (this.speed === Infinity) return 0;
    if (this.startS === undefined) {
      this.startS = timeS;
      this.startMs = performance.now();
    }
    const dueMs = this.startMs + ((timeS - this.startS) * MS_PER_S) / this.speed;
    return dueMs - performance.now();
  }
}
