import type { RowSpace } from './key-sets.js';

/** How a definition stands to the published one. */
export type Fidelity = 'same' | 'changed';

/** One feature: its row of the catalogue and of docs/reference/features.md. */
export interface FeatureDefinition {
  readonly name: string;
  readonly rowSpace: RowSpace;
  readonly kind: 'integer' | 'float';
  /** What the value is. */
  readonly meaning: string;
  /** Name in the published system. */
  readonly published: string;
  readonly fidelity: Fidelity;
  /** Why it differs, when it does. */
  readonly reason: string;
}
