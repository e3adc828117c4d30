import type { SentError } from '../../errors/sent-error.js';
import type { Hash64 } from '../../pairs/murmur3.js';
import type { ForgottenCounts } from './forget-user.js';
import type { StateSettings } from './state-settings.js';

/** Data that the state thread starts with. */
export interface StateThreadData {
  readonly settings: StateSettings;
  /** Memory of StateGauges. */
  readonly gauges: SharedArrayBuffer;
}

/** A message to the state thread. `call` numbers the calls that are answered. */
export type StateRequest =
  | { readonly kind: 'submit'; readonly call: number; readonly events: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'snapshot'; readonly call: number }
  | { readonly kind: 'forget'; readonly call: number; readonly user: Hash64 }
  | { readonly kind: 'close'; readonly call: number };

/** Results of calls: outcomes of submit, success of snapshot and close, counts of forget. */
export type StateResult = Uint8Array | boolean | ForgottenCounts;

/** A message of the state thread. */
export type StateReply =
  /** The state is restored. Tables in the order of `table` messages. */
  | {
      readonly kind: 'ready';
      readonly tables: readonly { readonly name: string; readonly buffer: SharedArrayBuffer }[];
    }
  /** No broker can be reached. The tables are those of the newest snapshot; `ready` follows when one answers. */
  | {
      readonly kind: 'waiting';
      readonly error: SentError;
      readonly tables: readonly { readonly name: string; readonly buffer: SharedArrayBuffer }[];
    }
  /** A table has new memory. */
  | { readonly kind: 'table'; readonly name: string; readonly buffer: SharedArrayBuffer }
  | { readonly kind: 'result'; readonly call: number; readonly result: StateResult }
  | { readonly kind: 'failed'; readonly call: number; readonly error: SentError }
  /** One line for the log of the process. */
  | { readonly kind: 'warning'; readonly line: string }
  /** The state cannot go on; the thread ends. */
  | { readonly kind: 'ended'; readonly error: SentError };
