import type { RowSpace } from './key-sets.js';

/** Relation of a definition to the published one. */
export type Fidelity = 'same' | 'changed';

/** One feature: its row of the catalogue and of docs/reference/features.md. */
export interface FeatureDefinition {
  readonly name: string;
  readonly rowSpace: RowSpace;
  readonly kind: 'integer' | 'float';
  /** Description of the value. */
  readonly meaning: string;
  /** Name in the published system. */
  readonly published: string;
  readonly fidelity: Fidelity;
  /** Reason for a changed definition; empty if it is the same. */
  readonly reason: string;
}
