import type { CallerOptions } from './transport/callers.js';

/** When messages are sent. */
export type LoadShape =
  | { readonly loop: 'closed'; readonly inFlight: number }
  | { readonly loop: 'open'; readonly arrivals: 'poisson' | 'constant'; readonly messagesPerS: number }
  | {
      readonly loop: 'open';
      readonly arrivals: 'replay';
      /** Seconds after the first arrival, ascending. */
      readonly timesS: Iterable<number>;
      /** Seconds of recorded time per second. */
      readonly speed: number;
    };

/** Settings of one measurement. */
export interface LoadStep extends CallerOptions {
  readonly shape: LoadShape;
  /** Deadline of each message, milliseconds after its intended send time; undefined: none. */
  readonly timeoutMs: number | undefined;
  readonly warmUpMs: number;
  /** Infinity with replayed arrivals: until they end. */
  readonly durationMs: number;
  /** Longest wait for responses after the last message, milliseconds, after the deadline of the last message. */
  readonly drainMs: number;
  /** Bound of the messages in flight; an open loop does not send more. 512 MiB of messages in flight are a bound, too. */
  readonly maxInFlight: number;
  /** Seed of arrivals, sizes and callers. */
  readonly seed: number;
  /** First rung of the gateway's ladder; undefined: unknown. */
  readonly bestRung: string | undefined;
}

/** Short name of a load, for instance `50 messages/s, poisson`. */
export function nameOfShape(shape: LoadShape): string {
  if (shape.loop === 'closed') return `closed loop, ${shape.inFlight} in flight`;
  if (shape.arrivals === 'replay') return `replay, ${shape.speed}x`;
  return `${Number(shape.messagesPerS.toPrecision(4))} messages/s, ${shape.arrivals}`;
}
