import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EnsembleDefinition, inputWidth, type Member } from '../ensemble/ensemble.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import { FeaturePlan } from '../features/feature-plan.js';
import type { Backend, ModelHandle, ModelMetadata, TensorSpec } from '../inference/backend.js';
import { readSnapshot } from '../lookups/snapshot-file.js';
import type { StatisticsTables } from '../lookups/statistics-tables.js';
import { Vocabulary } from '../text/vocabulary.js';
import { checkGoldenRows } from './golden-rows.js';
import { type PipelineDefinition, type PipelineFile, readPipelineFile } from './pipeline-file.js';

/** The features of one model input, compiled. */
export interface InputPlan {
  readonly model: string;
  readonly tensor: string;
  readonly featureNames: readonly string[];
  readonly plan: FeaturePlan;
}

/** A pipeline with its models, tables and vocabulary, checked as a whole. */
export interface Release {
  /** 16 hexadecimal digits of the hash of everything in it. */
  readonly id: string;
  readonly name: string;
  readonly vocabulary: Vocabulary;
  readonly statistics: StatisticsTables;
  readonly inputPlans: readonly InputPlan[];
  readonly ensemble: EnsembleDefinition;
  readonly models: readonly ModelMetadata[];
}

/** What is left out of the checks. */
export interface ReleaseOptions {
  /** Whether each model must answer its golden rows. Default true; only a backend that runs no models needs false. */
  readonly checksGoldenRows?: boolean;
}

/**
 * Loads everything a pipeline file names and checks that it fits together: features exist, tables and vocabulary belong
 * together, tensors have the names, types and shapes the pipeline says, and each model answers its golden rows.
 * @throws PairstreamError INVALID_PIPELINE, INVALID_VOCABULARY, INVALID_SNAPSHOT, INVALID_MODEL, BACKEND_*
 */
export async function loadRelease(
  pipelinePath: string,
  backend: Backend,
  options: ReleaseOptions = {},
): Promise<Release> {
  const file = readPipelineFile(pipelinePath);
  const { definition } = file;
  const vocabulary = Vocabulary.parse(readVocabulary(file.vocabularyPath));
  const statistics = readSnapshot(file.statisticsPath);
  if (statistics.vocabularySha256 !== vocabulary.sha256) {
    throw new PairstreamError(
      'INVALID_SNAPSHOT',
      `${file.statisticsPath} was made with the vocabulary of SHA-256 ${statistics.vocabularySha256}, ${file.vocabularyPath} has ${vocabulary.sha256}`,
      { field: 'vocabularySha256' },
    );
  }
  const inputPlans = compileInputs(definition, vocabulary, statistics);
  const members = new Map<string, Member>();
  for (const model of Object.keys(definition.models)) {
    members.set(model, await loadMember(model, file, backend, options));
  }
  const models = [...members.values()].map(({ model }) => model.metadata);
  return {
    id: releaseId(file, vocabulary, models),
    name: definition.name,
    vocabulary,
    statistics,
    inputPlans,
    ensemble: {
      stages: definition.stages.map((stage) => stage.map((name) => members.get(name)!)),
      weights: new Map(Object.entries(definition.blend)),
    },
    models,
  };
}

function readVocabulary(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new PairstreamError('INVALID_VOCABULARY', `${path}: cannot be read`, { field: path, cause: error });
  }
}

function compileInputs(
  { models }: PipelineDefinition,
  vocabulary: Vocabulary,
  statistics: StatisticsTables,
): InputPlan[] {
  return Object.entries(models).flatMap(([model, { inputs }]) =>
    Object.entries(inputs).map(([tensor, { features }]) => {
      try {
        const plan = FeaturePlan.compile(features, vocabulary, statistics);
        return { model, tensor, featureNames: features, plan };
      } catch (error) {
        if (!(error instanceof PairstreamError) || error.code !== 'INVALID_PIPELINE') throw error;
        const field = `models.${model}.inputs.${tensor}.${error.field}`;
        throw new PairstreamError('INVALID_PIPELINE', `models.${model}.inputs.${tensor}.${error.message}`, {
          field,
        });
      }
    }),
  );
}

async function loadMember(
  name: string,
  file: PipelineFile,
  backend: Backend,
  { checksGoldenRows = true }: ReleaseOptions,
): Promise<Member> {
  const { version, inputs, outputs } = file.definition.models[name]!;
  const directory = join(file.modelRepositoryPath, name);
  const model = await backend.load({ name, version, directory });
  const memberInputs = Object.entries(inputs).map(([tensor, { features, members }]) => ({
    tensor,
    featureCount: features.length,
    members,
  }));
  const [outputTensor, { width }] = Object.entries(outputs)[0]!;
  for (const input of memberInputs) checkTensor(model, 'inputs', input.tensor, inputWidth(input));
  checkAllInputsFed(model, Object.keys(inputs));
  checkTensor(model, 'outputs', outputTensor, width);
  const goldenPath = join(directory, version, 'golden.json');
  if (checksGoldenRows) {
    const [input] = memberInputs;
    await checkGoldenRows(
      goldenPath,
      model,
      { tensor: input!.tensor, width: inputWidth(input!) },
      { tensor: outputTensor, width },
    );
  }
  return { name, model, inputs: memberInputs, output: { tensor: outputTensor, width } };
}

function checkTensor(
  { metadata }: ModelHandle,
  side: 'inputs' | 'outputs',
  tensor: string,
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
    spec.datatype === 'FP32' && spec.shape.length === 2 && spec.shape[0] === -1 && spec.shape[1] === width;
  if (!isFit) {
    const expected = `FP32 [-1, ${width}] as the pipeline says`;
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

function releaseId(file: PipelineFile, vocabulary: Vocabulary, models: readonly ModelMetadata[]): string {
  const hash = createHash('sha256').update(file.sha256).update(vocabulary.sha256);
  hash.update(createHash('sha256').update(readFileSync(file.statisticsPath)).digest('hex'));
  for (const { name, version, contentSha256 } of models) hash.update(`${name} ${version} ${contentSha256}\n`);
  return hash.digest('hex').slice(0, 16);
}
