import type { BoundInput, IndexColumn } from '../features/bound-input.js';
import type { FeatureDefinition } from '../features/feature-definition.js';
import { definitionsOf } from '../features/feature-plan.js';
import { KEYS } from '../features/keys.js';
import { TWEET_FEATURES } from '../features/tweet-features.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import type { IndexMap } from '../statistics/index-map.js';
import { readIndexMap } from '../statistics/index-map-file.js';
import type { InputDefinition, PipelineDefinition } from './pipeline-schema.js';

/** Inputs of a model, with the SHA-256 of each index map that they read. */
export interface BoundInputs {
  readonly inputs: readonly BoundInput[];
  readonly mapSha256: ReadonlyMap<string, string>;
}

/**
 * Finds the features, keys, index maps and towers that a model's inputs name.
 * @param directory version folder of the model; index map X is the file X.arrow in this folder
 * @throws PairstreamError INVALID_PIPELINE for a name that is unknown or belongs to the other row space,
 *   INVALID_MODEL for an unreadable index map
 */
export async function bindInputs(
  model: string,
  { models }: PipelineDefinition,
  directory: string,
): Promise<BoundInputs> {
  const { inputs: definitions, row_space: rowSpace } = models[model]!;
  const maps = new Map<string, IndexMap>();
  const mapSha256 = new Map<string, string>();
  for (const { map: name } of Object.values(definitions).flatMap(({ indexes }) => indexes ?? [])) {
    if (maps.has(name)) continue;
    const { map, sha256 } = await readIndexMap(`${directory}/${name}.arrow`, name);
    maps.set(name, map);
    mapSha256.set(name, sha256);
  }
  const inputs = Object.entries(definitions).map(([tensor, definition]): BoundInput => {
    const field = `models.${model}.inputs.${tensor}`;
    const { features, indexes, tokens, tower, members } = definition;
    if (features !== undefined) {
      const source = { kind: 'features', definitions: featuresOf(field, features, rowSpace) } as const;
      return { tensor, datatype: 'FP32', ownWidth: features.length, members, source };
    }
    if (indexes !== undefined) {
      const source = { kind: 'indexes', columns: columnsOf(field, indexes, rowSpace, maps) } as const;
      return { tensor, datatype: 'INT32', ownWidth: indexes.length, members: [], source };
    }
    if (tower !== undefined) {
      const [output] = Object.values(models[tower]!.outputs);
      const source = { kind: 'tower' } as const;
      return { tensor, datatype: 'FP32', ownWidth: output!.width, members: [], tower, source };
    }
    return { tensor, datatype: 'INT32', ownWidth: tokens ?? 0, members: [], source: { kind: 'tokens' } };
  });
  return { inputs, mapSha256 };
}

function featuresOf(field: string, names: readonly string[], rowSpace: string): FeatureDefinition[] {
  let definitions: FeatureDefinition[];
  try {
    definitions = definitionsOf(names);
  } catch (error) {
    if (!(error instanceof PairstreamError) || error.code !== 'INVALID_PIPELINE') throw error;
    throw invalid(`${field}.${error.field}`, `${field}.${error.message}`);
  }
  const at = definitions.findIndex(
    (definition) => rowSpace === 'tweet' && !TWEET_FEATURES.includes(definition),
  );
  if (at < 0) return definitions;
  const problem = `"${names[at]}" in a model of the tweet, expected a feature of the tweet that needs nothing but the request`;
  throw invalid(`${field}.features[${at}]`, `${field}.features[${at}]: ${problem}`);
}

function columnsOf(
  field: string,
  indexes: NonNullable<InputDefinition['indexes']>,
  rowSpace: string,
  maps: ReadonlyMap<string, IndexMap>,
): IndexColumn[] {
  return indexes.map(({ key: name, map }, i) => {
    const key = KEYS.find((definition) => definition.name === name);
    const place = `${field}.indexes[${i}].key`;
    if (key === undefined) {
      const known = KEYS.map((definition) => definition.name).join(', ');
      throw invalid(place, `${place}: "${name}" is no known key, expected one of ${known}`);
    }
    if (rowSpace === 'tweet' && key.rowSpace === 'pair')
      throw invalid(place, `${place}: "${name}" is of the pair, expected a key of the tweet`);
    return { key, map: maps.get(map)! };
  });
}

function invalid(field: string, message: string): PairstreamError {
  return new PairstreamError('INVALID_PIPELINE', message, { field });
}
