import protojson from 'protobufjs/ext/protojson.js';
import { inferenceType, OBJECT_OPTIONS, type RequestOf } from '@pairstream/triton-client/messages';
import type { FakeModelConfig } from '../fake-model.js';
import { FakeTritonError, invalidArgument } from '../fake-triton-error.js';
import { cannotPoll, type ModelRegistry } from '../models/model-registry.js';
import { requireRunning } from './server-methods.js';
import type { UnaryMethods } from './unary-method.js';

/** Control of the served models: `none` by the repository alone, `explicit` by clients with load and unload. */
export type ModelControl = 'none' | 'explicit';

type LoadParameters = RequestOf<'RepositoryModelLoad'>['parameters'];
const FILE = 'file:';

/** The model repository. */
export function repositoryMethods(registry: ModelRegistry, control: ModelControl): UnaryMethods {
  const requireControl = (repositoryName: string): void => {
    requireRunning(registry);
    requireNoName(repositoryName);
    // Also without polling.
    if (control !== 'explicit')
      throw new FakeTritonError(
        'UNAVAILABLE',
        'explicit model load / unload is not allowed if polling is enabled',
      );
  };
  return {
    RepositoryIndex: ({ repositoryName, ready }) => {
      requireRunning(registry);
      requireNoName(repositoryName);
      return { models: registry.index(ready) };
    },
    RepositoryModelLoad: async ({ repositoryName, modelName, parameters }) => {
      requireControl(repositoryName);
      await registry.load(modelName, configOf(modelName, parameters));
      return {};
    },
    RepositoryModelUnload: ({ repositoryName, modelName, parameters }) => {
      requireControl(repositoryName);
      const { unload_dependents: dependents } = parameters;
      if (dependents !== undefined && dependents.boolParam === undefined)
        throw invalidArgument("invalid value type for 'unload_dependents' parameter, expected bool_param.");
      registry.unload(modelName);
      return {};
    },
  };
}

function requireNoName(repositoryName: string): void {
  if (repositoryName !== '')
    throw new FakeTritonError('UNIMPLEMENTED', "'repository_name' specification is not supported");
}

/** The configuration that comes with a load, if one does. Files are taken and not looked at. */
function configOf(modelName: string, parameters: LoadParameters): FakeModelConfig | undefined {
  for (const [name, { stringParam, bytesParam }] of Object.entries(parameters)) {
    if (name === 'config') {
      if (stringParam === undefined) throw wrongType(name, 'string_param');
    } else if (!name.startsWith(FILE)) throw invalidArgument(`unrecognized load parameter '${name}'.`);
    else if (bytesParam === undefined) throw wrongType(name, 'bytes_param');
  }
  const json = parameters['config']?.stringParam;
  if (json !== undefined) return readConfig(modelName, json);
  if (Object.keys(parameters).length > 0) throw cannotPoll(modelName);
  return undefined;
}

function readConfig(modelName: string, json: string): FakeModelConfig {
  const type = inferenceType('ModelConfig');
  try {
    const message = protojson.fromJsonString(type, json);
    const {
      input = [],
      output = [],
      ...fields
    } = type.toObject(message, { ...OBJECT_OPTIONS, defaults: false, arrays: false, objects: false });
    return { ...fields, input, output, name: modelName };
  } catch {
    throw cannotPoll(modelName);
  }
}

function wrongType(parameter: string, expected: string): FakeTritonError {
  return invalidArgument(`invalid value type for load parameter '${parameter}', expected ${expected}.`);
}
