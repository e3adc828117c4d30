import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { Backend } from '../../backends/backend.js';
import { loadModels, type Release, type ReleaseFiles, type ReleaseOptions } from '../../releases/release.js';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;

/** Codes of errors that can be corrected outside this process while the gateway waits. */
const CURABLE = new Set([
  'BACKEND_UNAVAILABLE',
  'BACKEND_FAILED',
  'INVALID_MODEL',
  'DEADLINE_EXCEEDED',
  'BUSY',
]);

/**
 * Loads the models of a release from an engine outside this process. Retries until every model is loaded and passes its
 * check.
 * @param onFailedAttempt called with the reason after each failed attempt
 * @throws PairstreamError for an error that no retry corrects; CANCELLED after the signal
 */
export async function loadModelsWhenReady(
  files: ReleaseFiles,
  backend: Backend,
  options: ReleaseOptions,
  signal: AbortSignal,
  onFailedAttempt: (reason: PairstreamError) => void,
): Promise<Release> {
  const untilLoaded = retry(
    handleWhen((error) => CURABLE.has(PairstreamError.from(error).code)),
    {
      maxAttempts: Infinity,
      backoff: new ExponentialBackoff({ initialDelay: FIRST_DELAY_MS, maxDelay: LONGEST_DELAY_MS }),
    },
  ).dangerouslyUnref();
  untilLoaded.onFailure(({ reason, handled }) => {
    if (handled && 'error' in reason) onFailedAttempt(PairstreamError.from(reason.error));
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
