/**
 * Reason of a failed connection as text.
 * @param error of a socket, a session or a stream
 * @returns undefined if there is no error
 */
export function reasonOf(error: Error | undefined): string | undefined {
  const root = rootOf(error);
  // Node tries all addresses of a host. The error of the whole has no message.
  if (root instanceof AggregateError) return root.errors.map(messageOf).join('; ');
  // Node's message for bytes that are not HTTP/2.
  return root?.message === 'Protocol error' ? 'the server does not speak HTTP/2' : root?.message;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Innermost cause of an error: Node wraps the error of a connection into one error per stream. */
function rootOf(error: Error | undefined): Error | undefined {
  return error?.cause instanceof Error ? error.cause : error;
}
