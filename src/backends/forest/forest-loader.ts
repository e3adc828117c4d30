// Thread of ForestLoads. In tests, Node runs this file and its imports from TypeScript by stripping the types. These files therefore
// have no parameter properties and no enums, which Node cannot strip.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { fileProblem } from '../../errors/file-problem.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { readForest } from './files/read-forest.js';
import { UnsupportedForest } from './files/unsupported-forest.js';
import type { LoadOutcome, LoadTask, LoadWork } from './forest-task.js';
import { compileForest } from './layout/compile-forest.js';

// ForestLoads starts this file with this data.
const { tasks, takenBy, number }: LoadWork = workerData;
for (const [index, task] of tasks.entries())
  if (Atomics.compareExchange(takenBy, index, 0, number) === 0)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads, not a window
    parentPort!.postMessage({ index, outcome: load(task) });

/** Reads a model file and lays the forest out. Returns INVALID_MODEL as an outcome. @throws Error on any other failure */
function load({ path, maxBytes, scratchCount }: LoadTask): LoadOutcome {
  const startedMs = performance.now();
  let contentSha256: string | undefined;
  try {
    const bytes = readBytes(path);
    contentSha256 = createHash('sha256').update(bytes).digest('hex');
    const compiled = compileForest(readForest(bytes, path), { maxBytes, scratchCount });
    return { kind: 'loaded', compiled, contentSha256, loadMs: performance.now() - startedMs };
  } catch (error) {
    const { code, message, field } = PairstreamError.from(error);
    if (code !== 'INVALID_MODEL') throw error;
    const kind = error instanceof UnsupportedForest ? 'unsupported' : 'refused';
    const problem = message.startsWith(path) ? message : `${path}: ${message}`;
    return { kind, problem, field, contentSha256 };
  }
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
