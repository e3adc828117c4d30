import { join } from 'node:path';
import type { ModelConfig } from '../client/model-config.js';
import { backendOf } from './backend-rules.js';
import { FIL_FILES } from './fil-keys.js';
import { filParameters } from './fil-rules.js';
import { finding, type LocatedFinding } from './finding.js';
import { modelFileOf } from './model-file.js';
import { isThere, type ModelFolder } from './model-folder.js';
import { checkXgboostJson } from './xgboost-json.js';

const DERIVE = 'python -m pairstream_training checkpoint --model';

/** Whether the files that the configuration names are there, in every version folder and in `warmup/`. */
export function checkFiles(folder: ModelFolder, config: ModelConfig): LocatedFinding[] {
  return [
    ...folder.versions.flatMap((version) => checkModelFile(folder, config, version)),
    ...checkWarmupFiles(folder, config),
  ];
}

function checkModelFile(folder: ModelFolder, config: ModelConfig, version: string): LocatedFinding[] {
  const name = modelFileOf(config);
  if (name === undefined) return [];
  const { name: model, path } = folder;
  const file = join(path, version, name);
  const type = backendOf(config) === 'fil' ? filParameters(config).get('model_type') : undefined;
  if (isThere(file)) return type === 'xgboost_json' ? checkXgboostJson(file, model) : [];
  if (type === 'treelite_checkpoint' && isThere(join(path, version, FIL_FILES['xgboost_ubj'] ?? ''))) {
    const problem = `not there, expected for a server with FIL: \`${DERIVE} ${path}\` derives it; the CPU server does without`;
    return [{ ...finding('checkpoint-missing', 'file', problem), model, file }];
  }
  const reader = type === undefined ? backendOf(config) : `fil with model_type "${type}"`;
  const problem = `not there, expected the file that ${reader} reads; put it there, or name another in default_model_filename`;
  return [{ ...finding('model-file-missing', 'file', problem), model, file }];
}

function checkWarmupFiles(
  { name: model, path }: ModelFolder,
  { modelWarmup }: ModelConfig,
): LocatedFinding[] {
  return modelWarmup.flatMap(({ inputs }, i) =>
    Object.entries(inputs).flatMap(([tensor, { inputDataFile }]) => {
      const file = join(path, 'warmup', inputDataFile ?? '');
      if (inputDataFile === undefined || inputDataFile === '' || isThere(file)) return [];
      const field = `model_warmup[${i}].inputs.${tensor}.input_data_file`;
      return {
        ...finding('warmup-file-missing', field, 'not there, expected the data of the tensor'),
        model,
        file,
      };
    }),
  );
}
