import { DAY_S } from './unix-time.js';

const MS_PER_S = 1_000;
/** Steps of the system's clock up to this size are followed, milliseconds: an event keeps its day within a day. */
const MAX_STEP_MS = DAY_S * MS_PER_S;

/** Sources of a ServerClock. */
export interface ServerClockOptions {
  /** Told once when the clock jumps. */
  readonly warn: (line: string) => void;
  /** The system's clock, Unix milliseconds. Default: Date.now. */
  readonly wallMs?: () => number;
  /** A clock without steps, milliseconds. Default: performance.now. */
  readonly monotonicMs?: () => number;
}

/** Times of a ServerClock, Unix seconds. */
export interface ClockReading {
  readonly nowS: number;
  /** Latest time that the clock has had: later than `nowS` after a step back. */
  readonly newestS: number;
}

/**
 * The clock of a gateway for times of predictions and events. It follows the system's clock, except steps of more than a day: it goes
 * on as if such a step had not happened, until the system's clock returns or the process restarts. Otherwise events of a clock that is
 * years ahead would make all later events too old.
 */
export class ServerClock {
  private readonly options: Required<ServerClockOptions>;
  /** The trusted system's clock, and the monotonic clock at the same moment. */
  private trustedMs: number;
  private readAtMs: number;
  private newestMs: number;
  private stepMs = 0;

  constructor({
    warn,
    wallMs = () => Date.now(),
    monotonicMs = () => performance.now(),
  }: ServerClockOptions) {
    this.options = { warn, wallMs, monotonicMs };
    this.trustedMs = wallMs();
    this.readAtMs = monotonicMs();
    this.newestMs = this.trustedMs;
  }

  /** Now, whole Unix seconds. */
  get now(): ClockReading {
    this.read();
    return {
      nowS: Math.floor(this.trustedMs / MS_PER_S),
      newestS: Math.floor(this.newestMs / MS_PER_S),
    };
  }

  /** Reason why the system's clock is not followed; undefined if it is. */
  get problem(): string | undefined {
    this.read();
    if (this.stepMs === 0) return undefined;
    const direction = this.stepMs > 0 ? 'ahead' : 'back';
    return `the clock of this machine jumped ${direction} by ${Math.round(Math.abs(this.stepMs) / MS_PER_S)} s; predictions and events go on with the time before the jump; correct the clock, or restart the gateway if the clock is right`;
  }

  private read(): void {
    const { wallMs, monotonicMs, warn } = this.options;
    const atMs = monotonicMs();
    const expectedMs = this.trustedMs + atMs - this.readAtMs;
    const wall = wallMs();
    const differenceMs = wall - expectedMs;
    const isFollowed = Math.abs(differenceMs) <= MAX_STEP_MS;
    const isNew = !isFollowed && this.stepMs === 0;
    this.stepMs = isFollowed ? 0 : differenceMs;
    this.trustedMs = isFollowed ? wall : expectedMs;
    this.readAtMs = atMs;
    this.newestMs = Math.max(this.newestMs, this.trustedMs);
    if (isNew && this.problem !== undefined) warn(this.problem);
  }
}
