import type { Member } from '../ensemble/batch-slot.js';
import type { EnsembleDefinition } from '../ensemble/ensemble.js';
import type { ModelInput, Tower } from '../ensemble/model-input.js';
import type { IndexMap } from '../statistics/index-map.js';
import type { FeatureDefinition } from './feature-definition.js';
import type { KeyDefinition } from './keys.js';

/** One column of an input of indexes: a key, looked up in a map. */
export interface IndexColumn {
  readonly key: KeyDefinition;
  readonly map: IndexMap;
}

/** One input tensor of a model, with where its values come from. */
export interface BoundInput extends ModelInput {
  readonly source:
    | { readonly kind: 'features'; readonly definitions: readonly FeatureDefinition[] }
    | { readonly kind: 'indexes'; readonly columns: readonly IndexColumn[] }
    | { readonly kind: 'tokens' }
    | { readonly kind: 'tower' };
}

/** An ensemble of models with where the values of their inputs come from. */
export interface BoundEnsemble extends EnsembleDefinition {
  readonly towers: readonly (Tower & { readonly inputs: readonly BoundInput[] })[];
  readonly stages: readonly (readonly (Member & { readonly inputs: readonly BoundInput[] })[])[];
}
