// Tasks of ForestThreads. In tests, Node runs this file and its imports from TypeScript by stripping the types. These files therefore
// have no parameter properties and no enums, which Node cannot strip.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileProblem } from '../../errors/file-problem.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { CompiledForest } from './compiled-forest.js';
import { readForest } from './files/read-forest.js';
import { UnsupportedForest } from './files/unsupported-forest.js';
import type { LoadOutcome, LoadTask, NumberedForest, WalkOutcome, WalkTask } from './forest-task.js';
import { ForestWalker } from './forest-walker.js';
import { compileKernel } from './kernel.js';
import { compileForest } from './layout/compile-forest.js';

const kernel = compileKernel();
let generation = -1;
let forests = new Map<number, WalkedForest>();

/** A forest, and its walkers by the number of their scratch. */
interface WalkedForest {
  readonly compiled: CompiledForest;
  readonly walkers: Map<number, ForestWalker>;
}

/** Reads a model file and lays the forest out. Returns INVALID_MODEL as an outcome. @throws Error on any other failure */
export function load({ path, maxBytes, scratchCount }: LoadTask): LoadOutcome {
  try {
    const bytes = readBytes(path);
    const compiled = compileForest(readForest(bytes, path), { maxBytes, scratchCount });
    return { kind: 'loaded', compiled, contentSha256: createHash('sha256').update(bytes).digest('hex') };
  } catch (error) {
    const { code, message, field } = PairstreamError.from(error);
    if (code !== 'INVALID_MODEL') throw error;
    const kind = error instanceof UnsupportedForest ? 'unsupported' : 'refused';
    return { kind, problem: message.startsWith(path) ? message : `${path}: ${message}`, field };
  }
}

/** Computes rows. @returns `outdated` if the task must be sent again with `forests` */
export function walk(task: WalkTask): WalkOutcome {
  if (task.forests !== undefined) keep(task.forests, task.generation);
  const forest = forests.get(task.number);
  if (forest === undefined || task.generation > generation) return 'outdated';
  walkerOf(forest, task.scratch).predict(task.rowsAddress, task.rowCount, task.outsAddress);
  return 'walked';
}

/** Replaces the forests by those of a newer generation. Forests of both keep their walkers. */
function keep(all: readonly NumberedForest[], newGeneration: number): void {
  if (newGeneration <= generation) return;
  forests = new Map(
    all.map(({ number, compiled }) => [number, forests.get(number) ?? { compiled, walkers: new Map() }]),
  );
  generation = newGeneration;
}

function walkerOf({ compiled, walkers }: WalkedForest, scratch: number): ForestWalker {
  let walker = walkers.get(scratch);
  if (walker === undefined) walkers.set(scratch, (walker = new ForestWalker(compiled, kernel, scratch)));
  return walker;
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new PairstreamError('INVALID_MODEL', `${path}: ${fileProblem(error)}`, {
      field: path,
      cause: error,
    });
  }
}
