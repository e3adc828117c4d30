import type { ModelCheck } from '../backend.js';

/** A model that a release needs, wherever it is served. */
export interface ModelBinding {
  readonly name: string;
  readonly version: string;
  /** Hex SHA-256 of the model file beside the pipeline. */
  readonly contentSha256: string;
  /** Rows that one request may hold. */
  readonly maxBatchRows: number;
  /** What a server's model must pass before it is used, and again whenever the server was away. */
  readonly check: ModelCheck;
}
