import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FIXTURES = join(import.meta.dirname, 'fixtures');

/** A model that is a copy of a fixture. */
export interface FixtureModel {
  readonly fixture: string;
  /** The text of its config.pbtxt; the fixture's own by default. */
  readonly config?: string;
}

/** A model repository of copies of fixture models. */
export interface FixtureRepository extends Disposable {
  readonly folder: string;
}

/** Makes a repository. @param models by name */
export function makeFixtureRepository(models: Readonly<Record<string, FixtureModel>>): FixtureRepository {
  const folder = mkdtempSync(join(tmpdir(), 'triton-models-'));
  for (const [name, { fixture, config }] of Object.entries(models)) {
    cpSync(join(FIXTURES, fixture), join(folder, name), { recursive: true });
    if (config !== undefined) writeFileSync(join(folder, name, 'config.pbtxt'), config);
  }
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** `parameters` of a config.pbtxt. */
export function parameterText(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([key, value]) => `parameters { key: "${key}" value { string_value: "${value}" } }\n`)
    .join('');
}

/** Rows and what the library that made a forest answers for them. */
export interface ForestGolden {
  /** null is a missing value. */
  readonly rows: (number | null)[][];
  /** Probabilities of a classifier, values of another model. */
  readonly values: number[][];
}

/** The golden rows of a fixture. */
export function forestGolden(fixture: string): ForestGolden {
  return JSON.parse(readFileSync(join(FIXTURES, fixture, '1/golden.json'), 'utf8')) as ForestGolden;
}
