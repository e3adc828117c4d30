import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { YAMLParseError } from 'yaml';
import { z } from 'zod';
import { fileProblem } from '../errors/file-problem.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import { schemaProblems } from '../errors/schema-problems.js';
import { checkLadder, idleModels } from './ladder-checks.js';
import { PipelineText } from './pipeline-positions.js';
import { checkFeatures, checkMembers, checkRowSpaces, checkStages, checkTensors } from './pipeline-checks.js';
import { type PipelineDefinition, pipelineSchema } from './pipeline-schema.js';

/** A parsed and checked pipeline file. */
export interface PipelineFile {
  readonly definition: PipelineDefinition;
  readonly path: string;
  /** Absolute path, like all paths below. */
  readonly vocabularyPath: string;
  readonly statisticsPath: string;
  /** Undefined if the file names no languages file. */
  readonly languagesPath: string | undefined;
  readonly modelRepositoryPath: string;
  readonly sha256: string;
  /** Warnings, one line each. */
  readonly warnings: readonly string[];
}

/**
 * Reads and checks a pipeline file.
 * @throws PairstreamError INVALID_PIPELINE with the field, the value and the accepted values
 */
export function readPipelineFile(path: string): PipelineFile {
  const bytes = readBytes(path);
  const text = parseYaml(path, bytes.toString('utf8'));
  const definition = withLine(path, text, () => checkedDefinition(path, text));
  const directory = dirname(resolve(path));
  return {
    definition,
    path,
    vocabularyPath: resolve(directory, definition.vocabulary),
    statisticsPath: resolve(directory, definition.statistics),
    languagesPath: definition.languages === undefined ? undefined : resolve(directory, definition.languages),
    modelRepositoryPath: resolve(directory, definition.model_repository),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    warnings: idleModels(definition).map(
      (model) =>
        `${path}: model "${model}" is in no rung: it runs for every pair, and no answer depends on it`,
    ),
  };
}

function checkedDefinition(path: string, text: PipelineText): PipelineDefinition {
  const parsed = pipelineSchema.safeParse(text.toValue());
  if (!parsed.success)
    throw new PairstreamError('INVALID_PIPELINE', `${path}: ${schemaProblems(parsed.error)}`, {
      field: fieldOf(parsed.error),
    });
  const definition = parsed.data;
  checkTensors(path, definition);
  checkRowSpaces(path, definition);
  checkFeatures(path, definition);
  checkStages(path, definition);
  checkMembers(path, definition);
  checkLadder(path, definition);
  return definition;
}

/** Adds the line number of the field to an error. */
function withLine<T>(path: string, text: PipelineText, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof PairstreamError) || error.field === undefined) throw error;
    const line = text.lineOf(error.field);
    if (line === undefined || !error.message.startsWith(`${path}: `)) throw error;
    const message = `${path}, line ${line}: ${error.message.slice(path.length + 2)}`;
    throw new PairstreamError(error.code, message, { field: error.field, cause: error });
  }
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new PairstreamError('INVALID_PIPELINE', `${path}: ${fileProblem(error)}`, {
      field: path,
      cause: error,
    });
  }
}

function parseYaml(path: string, text: string): PipelineText {
  try {
    return new PipelineText(text);
  } catch (error) {
    const [problem] = error instanceof YAMLParseError ? error.message.split(':\n') : ['not YAML'];
    throw new PairstreamError('INVALID_PIPELINE', `${path}: ${problem}`, { field: path, cause: error });
  }
}

function fieldOf(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue === undefined ? 'pipeline' : z.core.toDotPath(issue.path) || 'pipeline';
}
