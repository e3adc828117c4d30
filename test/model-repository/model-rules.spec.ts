import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModelTensors } from '../../src/backends/onnx/model-tensors.js';
import { checkRepository } from '../../src/backends/triton/repository/check-repository.js';
import type { LocatedFinding } from '../../src/backends/triton/repository/finding.js';
import { RULES } from '../../src/backends/triton/repository/rules.js';
import { prepareTriton } from '../support/triton/triton.js';
import { PREPARE_MS, type TritonRunner, type TritonServer } from '../support/triton/triton-server.js';
import { ENSEMBLE_CASES } from './ensemble-cases.js';
import { MODEL_CASES } from './model-cases.js';
import type { RepositoryCase } from './repository-case.js';

const CASES = [...MODEL_CASES, ...ENSEMBLE_CASES];
const CASE_MS = 120_000;
const LOOKUP = join(import.meta.dirname, '../triton/fixtures/lookup/1/model.onnx');
/** Answers warm-up requests. */
const MODEL_PY = `import numpy as np
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    def execute(self, requests):
        zeros = np.zeros((1, 4), np.float32)
        return [pb_utils.InferenceResponse([pb_utils.Tensor("y", zeros)]) for _ in requests]
`;

const folder = mkdtempSync(join(tmpdir(), 'model-rules-'));
let findings: readonly LocatedFinding[] = [];

function write({ name, config, versions = ['1'], hasFile = true, files = {} }: RepositoryCase): void {
  const path = join(folder, name);
  mkdirSync(path);
  if (config !== undefined) writeFileSync(join(path, 'config.pbtxt'), config);
  for (const version of versions) {
    mkdirSync(join(path, version));
    if (!hasFile) continue;
    if (config?.includes('"onnxruntime"\n') === true) cpSync(LOOKUP, join(path, version, 'model.onnx'));
    else writeFileSync(join(path, version, 'model.py'), MODEL_PY);
  }
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), text);
  }
}

beforeAll(async () => {
  for (const each of CASES) write(each);
  ({ findings } = await checkRepository(folder, { readTensors: readModelTensors }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the check of a model repository', () => {
  it.each(CASES.filter(({ differs }) => differs === undefined))(
    'has an error for what Triton refuses, and refuses nothing that it loads: $name',
    ({ name, isRefused }) => {
      const own = findings.filter(({ model }) => model === name);
      const decisive = own.filter(({ rule, severity }) =>
        isRefused ? severity === 'error' : RULES[rule].isRefused,
      );
      expect({ isRefused: decisive.length > 0, own }).toEqual({ isRefused, own });
      for (const { problem } of own) expect(problem).not.toMatch(/[\n\r]/);
    },
  );

  it.each(CASES.filter(({ differs }) => differs !== undefined))(
    'judges otherwise than Triton where it says why: $name, $differs',
    ({ name, isRefused }) => {
      const own = findings.filter(({ model }) => model === name);
      expect(own.some(({ rule }) => RULES[rule].isRefused)).toBe(!isRefused);
    },
  );
});

const triton: TritonRunner = await prepareTriton();

describe.skipIf(triton.isOptionalAndMissing)('a real Triton', () => {
  let server: TritonServer;
  const start = async (): Promise<void> => {
    server = await triton.start({ repositories: [folder], modelControl: 'explicit' });
  };
  beforeAll(start, PREPARE_MS);
  afterAll(() => server.stop(), CASE_MS);

  const post = (name: string, action: 'load' | 'unload', parameters = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.httpPort}/v2/repository/models/${name}/${action}`, {
      method: 'POST',
      body: JSON.stringify({ parameters }),
    });

  /** Loads a model, then unloads it: a process per model, none stays longer than its case. */
  async function load(name: string): Promise<{ readonly isRefused: boolean; readonly said: string }> {
    const response = await post(name, 'load');
    const said = await response.text();
    if (response.ok) await post(name, 'unload', { unload_dependents: true });
    return { isRefused: !response.ok, said };
  }

  /** Triton 2.51 itself ends in a warm-up now and then, on a busy machine: a case during which it did is tried once more. */
  async function loadWhileAlive(
    name: string,
  ): Promise<{ readonly isRefused: boolean; readonly said: string }> {
    try {
      return await load(name);
    } catch (error) {
      console.warn(
        `${name}: Triton has ended (${String(error)}): it is started anew, and the case is tried again`,
      );
      await server.stop().catch(() => undefined);
      await start();
      return await load(name);
    }
  }

  it.each(CASES)(
    'loads or refuses a model as the table says: $name',
    async ({ name, isRefused }) => {
      const { said, ...outcome } = await loadWhileAlive(name);
      expect({ ...outcome, said }).toEqual({ isRefused, said });
    },
    CASE_MS,
  );
});
