import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/**
 * Starts a thread from a file beside the caller: compiled in the package, TypeScript in the repository, which Node transforms then.
 * @param caller `import.meta.filename` of the caller
 * @param name of the file, without ending
 */
export function startWorkerBeside(caller: string, name: string, workerData: unknown): Worker {
  const extension = extname(caller);
  const url = new URL(`${name}${extension}`, pathToFileURL(caller));
  if (extension !== '.ts') return new Worker(url, { workerData });
  return new Worker(url, {
    workerData,
    execArgv: [
      ...process.execArgv,
      '--experimental-transform-types',
      '--disable-warning=ExperimentalWarning',
    ],
  });
}
