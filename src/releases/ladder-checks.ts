import { PairstreamError } from '../errors/pairstream-error.js';
import { invalidPipeline, knownModels, membersOf } from './pipeline-checks.js';
import {
  type PipelineDefinition,
  type RungDefinition,
  type WeightsDefinition,
  weightOf,
} from './pipeline-schema.js';

const WEIGHT_TOLERANCE = 1e-6;
const TARGETS = [0, 1, 2, 3] as const;

/** A rung that weights models, with every model that its answer depends on. */
interface MemberRung {
  readonly name: string;
  readonly weights: WeightsDefinition;
  readonly mayMiss: number;
  readonly scope: ReadonlySet<string>;
}

/**
 * Checks the blend or the ladder: exactly one is given, weights sum to 1 per target, and no rung hides a later rung.
 * @throws PairstreamError INVALID_PIPELINE
 */
export function checkLadder(path: string, { models, blend, ladder }: PipelineDefinition): void {
  if ((blend === undefined) === (ladder === undefined)) {
    const seen = blend === undefined ? 'neither blend nor ladder' : 'both blend and ladder';
    throw new PairstreamError('INVALID_PIPELINE', `${path}: ${seen}, expected one of them`, {
      field: 'ladder',
    });
  }
  if (blend !== undefined) checkWeights(path, 'blend', blend, models);
  const before: MemberRung[] = [];
  for (const [i, definition] of (ladder ?? []).entries()) {
    const field = `ladder[${i}]`;
    const same = (ladder ?? []).findIndex(({ rung }) => rung === definition.rung);
    if (same < i)
      throw invalidPipeline(path, `${field}.rung`, `"${definition.rung}" is ladder[${same}] already`);
    if (definition.weights === undefined) {
      if (i + 1 === ladder?.length) continue;
      const problem = 'before other rungs, expected last: base rates can always be answered';
      throw invalidPipeline(path, `${field}.base_rates`, problem);
    }
    checkWeights(path, `${field}.weights`, definition.weights, models);
    const rung = memberRung(definition, definition.weights, models);
    checkMayMiss(path, field, rung);
    const shadow = before.find((better) => isShadowed(rung, better));
    if (shadow !== undefined) {
      const problem = `"${rung.name}" never answers, since "${shadow.name}" before it always can when it can`;
      throw invalidPipeline(
        path,
        field,
        `${problem}: expected the best first, each more patient than those before`,
      );
    }
    before.push(rung);
  }
}

/** Lists the pair models that no rung depends on, neither directly nor through other models. */
export function idleModels({ models, blend, ladder }: PipelineDefinition): string[] {
  const scope = new Set<string>();
  const add = (model: string): void => {
    if (scope.has(model)) return;
    scope.add(model);
    membersOf(models, model).forEach(add);
  };
  const rungs = [blend ?? {}, ...(ladder ?? []).map(({ weights }) => weights ?? {})];
  for (const weights of rungs) {
    const weighed = Object.entries(weights).filter(([, own]) => TARGETS.some((t) => weightOf(own, t) > 0));
    for (const [model] of weighed) add(model);
  }
  return Object.keys(models).filter((model) => models[model]!.row_space === 'pair' && !scope.has(model));
}

function checkWeights(
  path: string,
  field: string,
  weights: WeightsDefinition,
  models: PipelineDefinition['models'],
): void {
  for (const model of Object.keys(weights)) {
    if (!Object.hasOwn(models, model))
      throw invalidPipeline(path, `${field}.${model}`, `no such model, ${knownModels(models)}`);
    if (models[model]!.row_space === 'tweet') {
      const problem = 'a model of the tweet, expected one that answers probabilities';
      throw invalidPipeline(path, `${field}.${model}`, problem);
    }
  }
  for (const target of TARGETS) {
    const sum = Object.values(weights).reduce<number>((total, own) => total + weightOf(own, target), 0);
    if (Math.abs(sum - 1) > WEIGHT_TOLERANCE)
      throw invalidPipeline(path, field, `weights sum to ${sum} for target ${target}, expected 1`);
  }
}

function memberRung(
  { rung: name, may_miss: mayMiss = 0 }: RungDefinition,
  weights: WeightsDefinition,
  models: PipelineDefinition['models'],
): MemberRung {
  const scope = new Set<string>();
  const add = (model: string): void => {
    if (scope.has(model)) return;
    scope.add(model);
    membersOf(models, model).forEach(add);
  };
  Object.keys(weights).forEach(add);
  return { name, weights, mayMiss, scope };
}

function checkMayMiss(path: string, field: string, { mayMiss, scope }: MemberRung): void {
  if (mayMiss < scope.size) return;
  const models = `the ${scope.size} models that the rung depends on (${[...scope].join(', ')})`;
  throw invalidPipeline(path, `${field}.may_miss`, `${mayMiss}, expected less than ${models}`);
}

/** True if every set of models that can answer `rung` can also answer `better`. */
function isShadowed(rung: MemberRung, better: MemberRung): boolean {
  return (
    better.mayMiss >= rung.mayMiss &&
    [...better.scope].every((model) => rung.scope.has(model)) &&
    Object.entries(rung.weights).every(([model, own]) =>
      TARGETS.every((t) => weightOf(own, t) === 0 || weightOf(better.weights[model] ?? 0, t) > 0),
    )
  );
}
