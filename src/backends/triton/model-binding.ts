import type { ModelCheck } from '../backend.js';

/** A model that a release needs, independent of the server. */
export interface ModelBinding {
  readonly name: string;
  readonly version: string;
  /** Hex SHA-256 of the model file beside the pipeline. */
  readonly contentSha256: string;
  /** Maximum number of rows in one request. */
  readonly maxBatchRows: number;
  /** Check of the model on a server, before it gets calls and after each loss of the server. */
  readonly check: ModelCheck;
}
