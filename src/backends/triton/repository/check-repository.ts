import { join } from 'node:path';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import type { ModelConfig } from '@pairstream/triton-client';
import { isEnsemble } from './rules/backends/backend-rules.js';
import { checkSettings, checkTensorUses, type ModelConfigCheckOptions } from './check-model-config.js';
import { parseModelConfig } from './files/config-text.js';
import { checkEnsembleModels, type EnsembleModels } from './rules/ensemble-rules.js';
import { checkExpectedModel, type ExpectedModel } from './expected-model.js';
import { checkFiles } from './rules/file-rules.js';
import { type Finding, finding, type LocatedFinding } from './finding.js';
import { checkGolden } from './rules/golden-rules.js';
import { completedBackend } from './files/model-file.js';
import { CONFIG_FILE, pathExists, type ModelFolder, readModelFolders } from './files/model-folder.js';
import { checkOnnxFiles } from './rules/backends/onnx-rules.js';
import { checkTensors } from './rules/tensor-rules.js';
import type { ModelTensors } from './rules/tensor-shapes.js';
import { checkVersions } from './rules/version-rules.js';

/** Options for checking a repository. */
export interface RepositoryCheckOptions extends ModelConfigCheckOptions {
  /** Reads names, types and shapes of an ONNX model. It throws PairstreamError INVALID_MODEL for what is none. */
  readonly readTensors: (path: string) => Promise<ModelTensors>;
  /** The models of a pipeline, and the rows of its largest batch. */
  readonly pipeline?: { readonly models: readonly ExpectedModel[]; readonly batchRows: number };
}

/** Checked models and findings. */
export interface RepositoryReport {
  /** Names of the model folders, in order. */
  readonly models: readonly string[];
  /** In order of the models. */
  readonly findings: readonly LocatedFinding[];
}

/**
 * Checks every model of a Triton model repository without a server. One mistake is one finding: what cannot be right because of
 * it is not told as well.
 * @throws PairstreamError INVALID_MODEL when the path is no folder of model folders
 */
export async function checkRepository(
  path: string,
  options: RepositoryCheckOptions,
): Promise<RepositoryReport> {
  const folders = readModelFolders(path);
  const parsed = new Map(folders.map((folder) => [folder.name, parseFolder(folder)]));
  const ensembleModels: EnsembleModels = {
    has: (name) => parsed.has(name),
    configOf: (name) => parsed.get(name)?.config,
    versionsOf: (name) => folders.find((folder) => folder.name === name)?.versions ?? [],
  };
  const findings: LocatedFinding[] = [];
  for (const folder of folders) {
    const { config, findings: unparsed = [] } = parsed.get(folder.name) ?? {};
    findings.push(...unparsed);
    if (config !== undefined) findings.push(...(await checkModel(folder, config, options, ensembleModels)));
  }
  const models = folders.map(({ name }) => name);
  const absent = (options.pipeline?.models ?? []).filter(({ name }) => !models.includes(name));
  findings.push(
    ...absent.map(({ name: model }) => ({
      ...finding('pipeline-model-missing', 'model', 'missing, expected a model of the pipeline'),
      model,
      file: join(path, model),
    })),
  );
  return { models, findings };
}

/** The configuration of a model folder, or what keeps it from being read; both are absent if Triton makes it. */
interface ParsedFolder {
  readonly config?: ModelConfig;
  readonly findings?: readonly LocatedFinding[];
}

function parseFolder(folder: ModelFolder): ParsedFolder {
  const { name: model, path, versions, configText } = folder;
  const found = (...finding: readonly Finding[]): ParsedFolder => ({
    findings: finding.map((each) => ({ ...each, model, file: join(path, CONFIG_FILE) })),
  });
  const completed = completedBackend((file) =>
    versions.some((version) => pathExists(join(path, version, file))),
  );
  if (configText === undefined) {
    const problem = 'missing, expected the configuration of the model';
    return completed === undefined
      ? found(finding('config-missing', 'file', problem))
      : found(
          finding(
            'config-completed',
            'file',
            `${problem}: Triton completes one without a bound for the queue`,
          ),
        );
  }
  try {
    const config = parseModelConfig(configText);
    const hasBackend = config.backend !== '' || config.platform !== '';
    const isComplete = hasBackend || completed === undefined || config.ensembleScheduling != null;
    return { config: isComplete ? config : { ...config, backend: completed } };
  } catch (error) {
    const { field, message } = PairstreamError.from(error);
    return found(finding('config-syntax', field ?? 'text', message));
  }
}

async function checkModel(
  folder: ModelFolder,
  config: ModelConfig,
  options: RepositoryCheckOptions,
  ensembleModels: EnsembleModels,
): Promise<LocatedFinding[]> {
  const { name: model, path } = folder;
  const file = join(path, CONFIG_FILE);
  const inConfig = (findings: readonly Finding[]): LocatedFinding[] =>
    findings.map((found) => ({ ...found, model, file }));
  const settings = checkSettings(config, options);
  const general = [
    ...inConfig([...checkName(config, model), ...settings]),
    ...checkVersions(folder, config),
    ...checkFiles(folder, config),
  ];
  // Tensors that are wrong fit nothing else; neither do shapes without a batch axis.
  const tensors = inConfig(checkTensors(config));
  if (isEnsemble(config)) {
    const isSound = tensors.length === 0 && settings.length === 0;
    const steps = isSound ? inConfig(checkEnsembleModels(config, model, ensembleModels)) : [];
    return [...general, ...tensors, ...steps];
  }
  if (tensors.length === 0) tensors.push(...(await checkOnnxFiles(folder, config, options.readTensors)));
  if (tensors.length > 0) return [...general, ...tensors];
  const uses = [...checkGolden(folder, config), ...checkPipeline(folder, config, options, inConfig)];
  return [...general, ...inConfig(config.maxBatchSize > 0 ? checkTensorUses(config) : []), ...uses];
}

function checkName({ name }: ModelConfig, folder: string): Finding[] {
  // A server gives a model without a name that of its folder.
  if (name === '' || name === folder) return [];
  return [finding('model-name', 'name', `"${name}", expected "${folder}", the name of the folder`)];
}

function checkPipeline(
  { name, path, versions }: ModelFolder,
  config: ModelConfig,
  { pipeline }: RepositoryCheckOptions,
  inConfig: (findings: readonly Finding[]) => LocatedFinding[],
): LocatedFinding[] {
  const expected = pipeline?.models.find((model) => model.name === name);
  if (pipeline === undefined || expected === undefined) return [];
  const found = inConfig(checkExpectedModel(config, expected, pipeline.batchRows));
  if (versions.length === 0 || versions.includes(expected.version)) return found;
  const problem = `${versions.join(', ')}, expected ${expected.version} as in the pipeline`;
  return [...found, { ...finding('pipeline-version', 'versions', problem), model: name, file: path }];
}
