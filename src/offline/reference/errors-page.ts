import { CATALOGUE, type CatalogueEntry } from '../../errors/catalogue.js';
import { markdownTable, referencePage } from './markdown.js';

/** docs/reference/errors.md: every error code. */
export function errorsPage(): string {
  const entries: readonly (readonly [string, CatalogueEntry])[] = Object.entries(CATALOGUE);
  return referencePage('Errors', [
    'Each error has a stable code. On the wire it is the `reason` of a `google.rpc.ErrorInfo` (domain `pairstream`) in the `details` of a message status, or of the trailers of a failed unary call; a `BadRequest` names the field, a `RetryInfo` tells how long to wait. A pair that failed carries the code in its `row_status`. The command line prints `CODE: message`.',
    markdownTable(
      ['Code', 'gRPC', 'HTTP', 'When', 'What to do'],
      entries.map(([code, { grpc, http, meaning, remedy }]) => [
        `\`${code}\``,
        grpc,
        String(http),
        meaning,
        remedy,
      ]),
    ),
  ]);
}
