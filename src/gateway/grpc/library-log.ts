import { setLogger } from '@grpc/grpc-js';
import type { Logger } from 'pino';

/**
 * Sends the lines of the gRPC library, which would be plain text on stderr, to the log at level debug: every fault that a
 * user can act on also reaches the code that called the library. `GRPC_VERBOSITY` and `GRPC_TRACE` choose what the library
 * writes. Holds for the whole process.
 */
export function logGrpcLibrary(logger: Logger): void {
  const library = logger.child({ library: 'grpc-js' });
  const write = (...words: unknown[]): void => library.debug(words.map(String).join(' '));
  setLogger({ debug: write, info: write, error: write });
}
