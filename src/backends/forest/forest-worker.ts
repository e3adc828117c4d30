// Tasks of ForestThreads. In tests, Node runs this file and its imports from TypeScript by stripping the types. These files therefore
// have no parameter properties and no enums, which Node cannot strip.
import type { CompiledForest } from './compiled-forest.js';
import type { NumberedForest, WalkOutcome, WalkTask } from './forest-task.js';
import { ForestWalker } from './forest-walker.js';
import { compileKernel } from './kernel.js';

const kernel = compileKernel();
let generation = -1;
let forests = new Map<number, WalkedForest>();

/** A forest, and its walkers by the number of their scratch. */
interface WalkedForest {
  readonly compiled: CompiledForest;
  readonly walkers: Map<number, ForestWalker>;
}

/** Computes rows. @returns `outdated` if the task must be sent again with `forests` */
export function walk(task: WalkTask): WalkOutcome {
  if (task.forests !== undefined) keep(task.forests, task.generation);
  const forest = forests.get(task.number);
  if (forest === undefined || task.generation > generation) return 'outdated';
  const mayBegin = new Int32Array(forest.compiled.memory.buffer, task.mayBeginAddress, 1);
  if (Atomics.compareExchange(mayBegin, 0, 1, 0) === 0) return 'withdrawn';
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
