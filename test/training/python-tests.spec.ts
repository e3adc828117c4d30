import { beforeAll, describe, expect, it } from 'vitest';
import {
  INSTALL_MS,
  preparePython,
  type PythonEnvironment,
  pythonTests,
  RUN_MS,
  runPython,
} from './python-environment.js';

describe('the other tests of the training package', () => {
  let python: PythonEnvironment;

  beforeAll(async () => {
    python = await preparePython();
  }, INSTALL_MS);

  it('pass', { timeout: RUN_MS }, async (context) => {
    if (python.isOptionalAndMissing) context.skip(python.output);
    const files = pythonTests().filter((name) => !name.startsWith('test_import'));
    expect(await runPython(['pytest', ...files.map((name) => `tests/${name}`)])).toMatchObject({ status: 0 });
  });
});
