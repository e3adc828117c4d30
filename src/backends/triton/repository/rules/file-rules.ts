import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelConfig } from '@pairstream/triton-client';
import { backendOf } from './backends/backend-rules.js';
import { FIL_FILES } from './backends/fil-keys.js';
import { filParameters } from './backends/fil-rules.js';
import { finding, type LocatedFinding } from '../finding.js';
import { modelFileOf } from '../files/model-file.js';
import { pathExists, type ModelFolder, rawDataProblem } from '../files/model-folder.js';
import { checkInitialStateFiles } from './sequence-rules.js';
import { checkLabelFiles } from './tensor-form-rules.js';
import { byteLengthOf } from './tensor-shapes.js';
import { checkpointProblem } from '../files/treelite-checkpoint.js';
import { checkXgboostJson } from '../files/xgboost-json.js';
import { checkXgboostUbj } from '../files/xgboost-ubj.js';

/** Command that makes a treelite checkpoint from a model of XGBoost. */
const CHECKPOINT_COMMAND = 'python -m pairstream_training checkpoint --model';

/** Checks the files that the configuration names: they must exist and be readable, in every version folder and in `warmup/`. */
export function checkFiles(folder: ModelFolder, config: ModelConfig): LocatedFinding[] {
  return [
    ...folder.versions.flatMap((version) => checkModelFile(folder, config, version)),
    ...checkWarmupFiles(folder, config),
    ...checkLabelFiles(folder, config),
    ...checkInitialStateFiles(folder, config),
  ];
}

function checkModelFile(folder: ModelFolder, config: ModelConfig, version: string): LocatedFinding[] {
  const name = modelFileOf(config);
  if (name === undefined) return [];
  const { name: model, path } = folder;
  const file = join(path, version, name);
  const type = backendOf(config) === 'fil' ? filParameters(config).get('model_type') : undefined;
  const source = join(path, version, FIL_FILES['xgboost_ubj'] ?? '');
  const hasSource = type === 'treelite_checkpoint' && pathExists(source);
  const inSource = hasSource ? checkXgboostUbj(source, model) : [];
  if (pathExists(file)) return [...checkContent(file, model, type), ...inSource];
  if (hasSource) {
    const problem = `missing, but a server with FIL needs it: make it with \`${CHECKPOINT_COMMAND} ${path}\`; the CPU server does not need it`;
    return [{ ...finding('checkpoint-missing', 'file', problem), model, file }, ...inSource];
  }
  const reader = type === undefined ? backendOf(config) : `fil with model_type "${type}"`;
  const problem = `missing, expected the file that ${reader} reads; add it, or name another file in default_model_filename`;
  return [{ ...finding('model-file-missing', 'file', problem), model, file }];
}

function checkContent(file: string, model: string, type: string | undefined): LocatedFinding[] {
  const damaged = (problem: string): LocatedFinding[] => [
    { ...finding('model-file-damaged', 'file', problem), model, file },
  ];
  if (type === 'treelite_checkpoint') {
    const problem = checkpointProblem(file);
    return problem === undefined ? [] : damaged(`${problem}, expected a checkpoint that treelite 4 wrote`);
  }
  if (type === 'xgboost_json') return checkXgboostJson(file, model);
  if (type === 'xgboost_ubj') return checkXgboostUbj(file, model);
  return type !== undefined && statSync(file).size === 0 ? damaged('empty, expected a model') : [];
}

function checkWarmupFiles(
  { name: model, path }: ModelFolder,
  { modelWarmup }: ModelConfig,
): LocatedFinding[] {
  return modelWarmup.flatMap(({ inputs, batchSize }, i) =>
    Object.entries(inputs).flatMap(([tensor, { inputDataFile, dataType, dims }]) => {
      if (inputDataFile === undefined || inputDataFile === '') return [];
      const file = join(path, 'warmup', inputDataFile);
      const problem = rawDataProblem(file, byteLengthOf({ dataType, dims }, Math.max(1, batchSize)));
      if (problem === undefined) return [];
      const field = `model_warmup[${i}].inputs.${tensor}.input_data_file`;
      return { ...finding('warmup-file-missing', field, problem), model, file };
    }),
  );
}
