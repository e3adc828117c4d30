import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Member } from '../ensemble/batch-slot.js';
import { inputWidth } from '../ensemble/model-input.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import type { Backend, ModelHandle, ModelMetadata, TensorSpec } from '../backends/backend.js';
import type { ReadStatistics } from '../statistics/snapshot-file.js';
import type { StatisticsTables } from '../statistics/statistics-tables.js';
import type { Vocabulary } from '../features/text/vocabulary.js';
import { checkGoldenRows } from './golden-rows.js';
import { type InputsOfModel, InputWriter } from '../features/input-writers.js';
import { readLanguages } from './languages-file.js';
import { ModelHashes } from './model-hashes.js';
import type { BoundEnsemble, BoundInput } from '../features/bound-input.js';
import { bindInputs } from './model-inputs.js';
import { type PipelineFile, readPipelineFile } from './pipeline-file.js';
import { readSnapshotOf } from './release-snapshot.js';
import { rungsOf } from './rungs.js';
import { readVocabularyFile } from './vocabulary-file.js';

/** A release: pipeline file, models, statistics, vocabulary and maps, checked against one another. */
export interface Release {
  /** Release id: 16 hexadecimal digits of a hash of all contents. */
  readonly id: string;
  readonly name: string;
  readonly vocabulary: Vocabulary;
  readonly statistics: StatisticsTables;
  /** Language id of the training data by BCP-47 tag; empty if the pipeline names no languages file. */
  readonly languages: ReadonlyMap<string, string>;
  readonly ensemble: BoundEnsemble;
  readonly models: readonly ModelMetadata[];
  /** Warnings about files that may be wrong or have no recorded hash, one line each. */
  readonly warnings: readonly string[];
  /**
   * Creates a writer of all model inputs. The writer owns its buffers: concurrent work needs one writer each.
   * @param writesCatalogue see InputWriter; default false
   */
  createInputWriter(writesCatalogue?: boolean): InputWriter;
}

/** Options of the checks of a release. */
export interface ReleaseOptions {
  /** False skips golden rows and recorded hashes, for a backend that runs no models. Default true. */
  readonly checksGoldenRows?: boolean;
}

/** A loaded model (tower or pair model) with its inputs. */
interface LoadedModel extends Member {
  readonly inputs: readonly BoundInput[];
  readonly mapSha256: ReadonlyMap<string, string>;
  /** Warning about unrecorded hashes; undefined if all hashes are recorded. */
  readonly warning: string | undefined;
}

/** The files of a release except its models, read and checked. */
export interface ReleaseFiles {
  readonly file: PipelineFile;
  readonly vocabulary: Vocabulary;
  readonly statistics: StatisticsTables;
  /** Hex SHA-256 of the statistics file. */
  readonly statisticsSha256: string;
  readonly languages: ReadonlyMap<string, string>;
  /** Warnings about files that may be wrong, one line each. */
  readonly warnings: readonly string[];
}

/** Files of a release that were read before the others. */
export interface ReadFiles {
  readonly file?: PipelineFile;
  readonly snapshot?: ReadStatistics;
}

/**
 * Reads the pipeline file, and the vocabulary, statistics and languages file that it names.
 * @param read files that have been read already
 * @throws PairstreamError INVALID_PIPELINE, INVALID_VOCABULARY, INVALID_SNAPSHOT
 */
export function readReleaseFiles(
  pipelinePath: string,
  { file = readPipelineFile(pipelinePath), snapshot }: ReadFiles = {},
): ReleaseFiles {
  const { vocabulary, warnings } = readVocabularyFile(file.vocabularyPath, {
    doLowerCase: file.definition.do_lower_case,
  });
  const statistics = readSnapshotOf(file.statisticsPath, vocabulary, snapshot);
  const languages = file.languagesPath === undefined ? new Map() : readLanguages(file.languagesPath);
  const all = [...file.warnings, ...warnings];
  return { file, vocabulary, statistics, statisticsSha256: statistics.sha256, languages, warnings: all };
}

/**
 * Loads the models of a release and checks them against the pipeline file: features exist, tensors have the declared names,
 * types and shapes, files have the recorded hashes, and each model gives the recorded answers for its golden rows.
 * @throws PairstreamError INVALID_PIPELINE, INVALID_SNAPSHOT, INVALID_MODEL, BACKEND_*
 */
export async function loadModels(
  files: ReleaseFiles,
  backend: Backend,
  options: ReleaseOptions = {},
): Promise<Release> {
  const { file, vocabulary, statistics, languages } = files;
  const { definition } = file;
  const models = await loadAll(file, backend, options);
  const loaded = new Map(models.map((model) => [model.name, model]));
  const ofSpace = (rowSpace: string): LoadedModel[] =>
    models.filter(({ name }) => definition.models[name]!.row_space === rowSpace);
  const inputsOf = (rowSpace: string): InputsOfModel[] =>
    ofSpace(rowSpace).map(({ name, inputs }) => ({ model: name, inputs }));
  const createInputWriter = (writesCatalogue = false): InputWriter =>
    new InputWriter(inputsOf('pair'), inputsOf('tweet'), vocabulary, statistics, writesCatalogue);
  // A trial run, so that a missing statistics table fails the start and not the first request.
  createInputWriter();
  return {
    id: releaseId(files, models),
    name: definition.name,
    vocabulary,
    statistics,
    languages,
    ensemble: {
      towers: ofSpace('tweet'),
      stages: definition.stages.map((stage) => stage.map((name) => loaded.get(name)!)),
      rungs: rungsOf(definition, statistics.priors),
    },
    models: models.map(({ model }) => model.metadata),
    warnings: [...files.warnings, ...models.flatMap(({ warning }) => warning ?? [])],
    createInputWriter,
  };
}

/** Reads the files of a release and loads its models. @throws PairstreamError as readReleaseFiles and loadModels */
export async function loadRelease(
  pipelinePath: string,
  backend: Backend,
  options: ReleaseOptions = {},
): Promise<Release> {
  return await loadModels(readReleaseFiles(pipelinePath), backend, options);
}

/** Models inside this process are loaded together: while a thread lays out one, another is read. */
async function loadAll(
  file: PipelineFile,
  backend: Backend,
  options: ReleaseOptions,
): Promise<LoadedModel[]> {
  const names = Object.keys(file.definition.models);
  const load = (name: string): Promise<LoadedModel> => loadModel(name, file, backend, options);
  const models: LoadedModel[] = [];
  if (backend.health !== undefined) {
    for (const name of names) models.push(await load(name));
    return models;
  }
  // The error of the first model in the file is thrown, after all have ended.
  for (const outcome of await Promise.allSettled(names.map(load))) {
    if (outcome.status === 'rejected') throw outcome.reason;
    models.push(outcome.value);
  }
  return models;
}

async function loadModel(
  name: string,
  file: PipelineFile,
  backend: Backend,
  { checksGoldenRows = true }: ReleaseOptions,
): Promise<LoadedModel> {
  const { version, outputs, may_miss: mayMiss } = file.definition.models[name]!;
  const directory = join(file.modelRepositoryPath, name);
  const versionDirectory = join(directory, version);
  const hashes = checksGoldenRows ? await ModelHashes.read(versionDirectory) : undefined;
  await hashes?.checkOtherFiles();
  const { inputs, mapSha256 } = await bindInputs(name, file.definition, versionDirectory);
  const [tensor, { width }] = Object.entries(outputs)[0]!;
  const output = { tensor, width };
  const check = async (model: ModelHandle): Promise<void> => {
    for (const input of inputs) checkTensor(model, 'inputs', input.tensor, input.datatype, inputWidth(input));
    checkAllInputsFed(
      model,
      inputs.map((input) => input.tensor),
    );
    checkTensor(model, 'outputs', tensor, 'FP32', width);
    if (checksGoldenRows)
      await checkGoldenRows(join(versionDirectory, 'golden.json'), { model, inputs, output, mapSha256 });
  };
  const location = { name, version, directory, ...(hashes === undefined ? {} : { checkFile: hashes.check }) };
  const model = await backend.load(location, check);
  const warning = await hashes?.finish();
  return { name, model, inputs, output, mapSha256, mayMiss, warning };
}

function checkTensor(
  { metadata }: ModelHandle,
  side: 'inputs' | 'outputs',
  tensor: string,
  datatype: 'FP32' | 'INT32',
  width: number,
): void {
  const field = `models.${metadata.name}.${side}.${tensor}`;
  const spec = metadata[side].find(({ name }) => name === tensor);
  const has = metadata[side].map(describe).join(', ');
  if (spec === undefined) {
    throw new PairstreamError('INVALID_MODEL', `${field}: the model has no such tensor, only ${has}`, {
      field,
    });
  }
  const isFit =
    spec.datatype === datatype && spec.shape.length === 2 && spec.shape[0] === -1 && spec.shape[1] === width;
  if (!isFit) {
    const expected = `${datatype} [-1, ${width}] as the pipeline says`;
    throw new PairstreamError(
      'INVALID_MODEL',
      `${field}: the model has ${describe(spec)}, expected ${expected}`,
      {
        field,
      },
    );
  }
}

function checkAllInputsFed({ metadata }: ModelHandle, fed: readonly string[]): void {
  const unfed = metadata.inputs.find(({ name }) => !fed.includes(name));
  if (unfed === undefined) return;
  const field = `models.${metadata.name}.inputs`;
  const problem = `the model also takes ${describe(unfed)}, expected in the pipeline beside ${fed.join(', ')}`;
  throw new PairstreamError('INVALID_MODEL', `${field}: ${problem}`, { field });
}

function describe({ name, datatype, shape }: TensorSpec): string {
  return `${name} ${datatype} [${shape.join(', ')}]`;
}

function releaseId(
  { file, vocabulary, statisticsSha256 }: ReleaseFiles,
  models: readonly LoadedModel[],
): string {
  const hash = createHash('sha256').update(file.sha256).update(vocabulary.sha256);
  hash.update(statisticsSha256);
  if (file.languagesPath !== undefined) hash.update(readFileSync(file.languagesPath));
  for (const { model, mapSha256 } of models) {
    const { name, version, contentSha256 } = model.metadata;
    hash.update(`${name} ${version} ${contentSha256} ${[...mapSha256.values()].join(' ')}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}
