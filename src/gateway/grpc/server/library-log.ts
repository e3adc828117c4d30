import { setLogger } from '@grpc/grpc-js';
import type { Logger } from 'pino';

/**
 * Sends the log lines of grpc-js, by default plain text on stderr, to the log at level debug. Debug is enough because grpc-js also
 * reports every error to its caller. `GRPC_VERBOSITY` and `GRPC_TRACE` choose the lines. Applies to the whole process.
 */
export function logGrpcLibrary(logger: Logger): void {
  const library = logger.child({ library: 'grpc-js' });
  const write = (...words: unknown[]): void => library.debug(words.map(String).join(' '));
  setLogger({ debug: write, info: write, error: write });
}
