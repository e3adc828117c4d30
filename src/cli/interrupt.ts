/**
 * Runs a command with a signal that aborts on Ctrl-C (SIGINT) or SIGTERM, so that it can take its half-written files
 * away. A second Ctrl-C ends the process at once.
 */
export async function withInterrupt(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    await run(controller.signal);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}
