import type { EnsembleStep, ModelConfig } from '@pairstream/triton-client/messages';
import { isEnsemble } from './backends/backend-rules.js';
import { checkDataFlow } from './ensemble-data-flow.js';
import { checkEnsembleTensors } from './ensemble-tensors.js';
import { type Finding, finding } from '../finding.js';

const STEP = 'ensemble_scheduling.step';

/** The other models of a repository. */
export interface EnsembleModels {
  /** True if the repository has a folder of that name. */
  readonly has: (model: string) => boolean;
  /** Configuration of a model; undefined if there is none, or if its configuration cannot be parsed. */
  readonly configOf: (model: string) => ModelConfig | undefined;
  /** Version folders of a model. */
  readonly versionsOf: (model: string) => readonly string[];
}

/** Checks `ensemble_scheduling` as far as one configuration tells: steps, maps and the data flow between them. */
export function checkEnsembleSchedule(config: ModelConfig): Finding[] {
  const { platform, ensembleScheduling, instanceGroup, modelWarmup } = config;
  if (!isEnsemble(config) && ensembleScheduling == null) return [];
  const refuse = (field: string, problem: string): Finding[] => [
    finding('ensemble-scheduling', field, problem),
  ];
  if (platform !== 'ensemble') {
    const seen = platform === '' ? 'none' : `"${platform}"`;
    return refuse('platform', `${seen}, expected "ensemble" beside ensemble_scheduling`);
  }
  const steps = ensembleScheduling?.step ?? [];
  if (steps.length === 0) return refuse(STEP, 'none, expected one or more steps of an ensemble');
  if (instanceGroup.length > 0)
    return refuse('instance_group', 'given, expected none: an ensemble has no instances');
  if (modelWarmup.length > 0)
    return refuse('model_warmup', 'given, expected none: the models of the steps are warmed up instead');
  const incomplete = steps.flatMap(checkStep);
  return incomplete.length > 0 ? incomplete : checkDataFlow(config, steps);
}

/** Checks the models of the steps: present, without a cycle, and with tensors that fit together. */
export function checkEnsembleModels(config: ModelConfig, name: string, models: EnsembleModels): Finding[] {
  const steps = config.ensembleScheduling?.step ?? [];
  const missing = steps.flatMap((step, i) => checkModel(step, i, models));
  if (missing.length > 0) return missing;
  const cycle = findCycle(name, models);
  if (cycle !== undefined)
    return [finding('ensemble-cycle', STEP, `${cycle.join(' -> ')}, expected no ensemble inside itself`)];
  return checkEnsembleTensors(config, name, steps, models.configOf);
}

function checkStep({ modelName, inputMap, outputMap }: EnsembleStep, i: number): Finding[] {
  const missing =
    (modelName === '' && 'model_name') ||
    (Object.keys(inputMap).length === 0 && 'input_map') ||
    (Object.keys(outputMap).length === 0 && 'output_map');
  if (missing === false) return [];
  return [finding('ensemble-scheduling', `${STEP}[${i}].${missing}`, 'none, expected one in every step')];
}

function checkModel({ modelName, modelVersion }: EnsembleStep, i: number, models: EnsembleModels): Finding[] {
  const field = `${STEP}[${i}]`;
  if (!models.has(modelName))
    return [
      finding('ensemble-model', `${field}.model_name`, `"${modelName}", expected a model of the repository`),
    ];
  const versions = models.versionsOf(modelName);
  if (modelVersion === -1 || versions.includes(String(modelVersion))) return [];
  const problem = `${modelVersion}, expected -1 for the newest or a version of ${modelName}: ${versions.join(', ')}`;
  return [finding('ensemble-model', `${field}.model_version`, problem)];
}

/** The way from an ensemble back to itself; undefined if there is none. */
function findCycle(start: string, { configOf }: EnsembleModels): string[] | undefined {
  const seen = new Set<string>();
  const visit = (path: string[]): string[] | undefined => {
    for (const { modelName } of configOf(path.at(-1) ?? start)?.ensembleScheduling?.step ?? []) {
      if (modelName === start) return [...path, modelName];
      if (seen.has(modelName)) continue;
      seen.add(modelName);
      const cycle = visit([...path, modelName]);
      if (cycle !== undefined) return cycle;
    }
    return undefined;
  };
  return visit([start]);
}
