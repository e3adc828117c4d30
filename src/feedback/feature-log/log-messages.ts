import type { Hash64 } from '../../pairs/murmur3.js';
import type { LogWriterCounts, LogWriterSettings } from './log-writer.js';

/** Data that the thread of the feature log starts with. */
export interface FeatureLogThreadData {
  readonly settings: LogWriterSettings;
  /** Memory of the SharedRows. */
  readonly rows: SharedArrayBuffer;
}

/** A message to the thread of the feature log. */
export type FeatureLogRequest =
  /** Complete rows of one release. */
  | { readonly kind: 'rows'; readonly indexes: Uint32Array; readonly releaseId: string }
  /** Removes the rows of a user. Answered in the order of the requests. */
  | { readonly kind: 'forget'; readonly user: Hash64 }
  /** Completes the file and ends the thread. */
  | { readonly kind: 'close' };

/** A message of the thread of the feature log. */
export type FeatureLogReply =
  /** Rows are copied and may be used again. */
  | { readonly kind: 'copied'; readonly indexes: Uint32Array; readonly counts: LogWriterCounts }
  /** Answer to `forget`: rows removed, or the reason why it failed. */
  | { readonly kind: 'forgotten'; readonly rowCount: number; readonly problem?: string }
  /** One line for the log of the process. */
  | { readonly kind: 'warning'; readonly line: string };
