import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { Backend } from '../../backends/backend.js';
import { loadModels, type Release, type ReleaseFiles, type ReleaseOptions } from '../../releases/release.js';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;

/** What may be mended outside this process, while it waits. */
const CURABLE = new Set([
  'BACKEND_UNAVAILABLE',
  'BACKEND_FAILED',
  'INVALID_MODEL',
  'DEADLINE_EXCEEDED',
  'BUSY',
]);

/**
 * Loads the models of a release from an engine outside this process, again and again until they are all there and are the
 * right ones.
 * @param onObstacle called with what is in the way, each time
 * @throws PairstreamError for what cannot be mended outside; CANCELLED after the signal
 */
export async function loadModelsWhenReady(
  files: ReleaseFiles,
  backend: Backend,
  options: ReleaseOptions,
  signal: AbortSignal,
  onObstacle: (obstacle: PairstreamError) => void,
): Promise<Release> {
  const untilLoaded = retry(
    handleWhen((error) => CURABLE.has(PairstreamError.from(error).code)),
    {
      maxAttempts: Infinity,
      backoff: new ExponentialBackoff({ initialDelay: FIRST_DELAY_MS, maxDelay: LONGEST_DELAY_MS }),
    },
  ).dangerouslyUnref();
  untilLoaded.onFailure(({ reason, handled }) => {
    if (handled && 'error' in reason) onObstacle(PairstreamError.from(reason.error));
  });
  try {
    const release = await untilLoaded.execute(() => {
      signal.throwIfAborted();
      return loadModels(files, backend, options);
    }, signal);
    signal.throwIfAborted();
    return release;
  } catch (error) {
    if (signal.aborted) throw new PairstreamError('CANCELLED', 'stopped before the models were loaded');
    throw error;
  }
}
