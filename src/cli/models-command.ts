import { glob } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { readModelTensors } from '../backends/onnx/model-tensors.js';
import { checkRepository, type RepositoryReport } from '../backends/triton/repository/check-repository.js';
import type { LocatedFinding } from '../backends/triton/repository/finding.js';
import {
  NEWEST_SERVER,
  parseServerVersion,
  type ServerVersion,
} from '../backends/triton/repository/server-version.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import { recordModelHashes } from '../releases/model-hashes.js';
import { readPipelineFile } from '../releases/pipeline-file.js';
import { pipelineModels } from '../releases/pipeline-tensors.js';
import { parseCount } from './option-values.js';

interface CheckOptions {
  readonly serverVersion: ServerVersion;
  readonly pipeline?: string;
  readonly batchRows: number;
  readonly json?: boolean;
}

/** Adds `models`: what there is to do with a model repository. */
export function registerModelsCommand(program: Command): void {
  const models = program
    .command('models')
    .summary('check a Triton model repository, record hashes of its files')
    .description('Checks Triton model repositories, and records hashes of their files. Needs no server.')
    .addHelpText('after', '\nExample:\n  pairstream models check triton-models');
  models
    .command('check')
    .summary('find mistakes in a model repository')
    .description(
      'Checks every config.pbtxt and the files beside it. Finds settings that a Triton server would refuse or ignore, and settings that a gateway cannot rely on. Prints one line per mistake; docs/reference/model-rules.md lists all rules. The exit code is 1 if there is an error, 0 if there are only warnings.',
    )
    .argument('<folder>', 'model repository: <model>/config.pbtxt, <model>/<version>/...')
    .option(
      '--server-version <version>',
      'container release (24.10) or core version (2.51) of the server (default: the newest)',
      parseVersion,
      undefined,
    )
    .option('--pipeline <file>', 'pipeline file; its models must be in the repository, with the same tensors')
    .option('--batch-rows <n>', 'with --pipeline: number of rows in the largest batch', parseCount, 1_024)
    .option('--json', 'print the findings as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  pairstream models check triton-models\n  pairstream models check triton-models --pipeline pipelines/recsys2021.yaml --server-version 24.10',
    )
    .action(
      async (
        folder: string,
        options: Omit<CheckOptions, 'serverVersion'> & { serverVersion?: ServerVersion },
        command: Command,
      ) => {
        if (options.pipeline === undefined && command.getOptionValueSource('batchRows') !== 'default')
          command.error("error: option '--batch-rows <n>' needs '--pipeline <file>', which is missing");
        await runCheck(folder, { ...options, serverVersion: options.serverVersion ?? NEWEST_SERVER });
      },
    );
  registerHashCommand(models);
}

/** Adds `models hash`: records the SHA-256 of every file of every model. */
function registerHashCommand(models: Command): void {
  models
    .command('hash')
    .summary('record the SHA-256 of every model file')
    .description(
      'Writes SHA256SUMS into every version folder of a model repository. A gateway checks the files against it when it loads the model, and refuses a file that differs. Run it after a change to a model that is meant. checkpoint.tl and hidden files are left out; `sha256sum --check SHA256SUMS` checks a folder by hand.',
    )
    .argument('<folder>', 'model repository: <model>/<version>/...')
    .addHelpText('after', '\nExample:\n  pairstream models hash triton-models')
    .action(async (folder: string) => {
      const versions = await listVersionFolders(folder);
      for (const version of versions)
        console.log(`${version}: ${plural(await recordModelHashes(version), 'file')}`);
    });
}

/** @throws PairstreamError INVALID_MODEL if the folder holds no version of a model */
async function listVersionFolders(repository: string): Promise<string[]> {
  const versions: string[] = [];
  for await (const folder of glob(join(repository, '*/*/')))
    if (/^\d+$/.test(basename(folder))) versions.push(folder);
  if (versions.length > 0) return versions.toSorted();
  throw new PairstreamError('INVALID_MODEL', `${repository}: no model, expected <model>/<version>/ in it`, {
    field: repository,
  });
}

function parseVersion(text: string): ServerVersion {
  try {
    return parseServerVersion(text);
  } catch (error) {
    throw new InvalidArgumentError(`${PairstreamError.from(error).message}.`);
  }
}

async function runCheck(folder: string, options: CheckOptions): Promise<void> {
  const { serverVersion, pipeline, batchRows } = options;
  const report = await checkRepository(folder, {
    serverVersion,
    readTensors: readModelTensors,
    ...(pipeline === undefined
      ? {}
      : { pipeline: { models: pipelineModels(readPipelineFile(pipeline).definition), batchRows } }),
  });
  const count = (severity: string): number =>
    report.findings.filter((each) => each.severity === severity).length;
  const counts = {
    modelCount: report.models.length,
    errorCount: count('error'),
    warningCount: count('warning'),
  };
  if (options.json === true)
    console.log(JSON.stringify({ serverVersion: serverVersion.label, ...counts, ...report }));
  else print(report, counts, serverVersion);
  if (counts.errorCount > 0) process.exitCode = 1;
}

function print(
  { findings }: RepositoryReport,
  counts: { readonly modelCount: number; readonly errorCount: number; readonly warningCount: number },
  server: ServerVersion,
): void {
  const groups = Map.groupBy(findings, ({ model }) => model);
  for (const group of groups.values()) console.log(`${group.map(lineOf).join('\n')}\n`);
  const { modelCount, errorCount, warningCount } = counts;
  const found = `${plural(errorCount, 'error')}, ${plural(warningCount, 'warning')}`;
  console.log(`${plural(modelCount, 'model')} checked for Triton ${server.label}: ${found}`);
}

function lineOf({ file, field, problem, severity, rule }: LocatedFinding): string {
  return `${file}: ${field}: ${problem} [${severity} ${rule}]`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
