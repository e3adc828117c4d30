import { CATALOGUE, type CatalogueEntry } from '../../errors/catalogue.js';
import { markdownTable, referencePage } from './markdown.js';

/** docs/reference/errors.md: every error code. */
export function errorsPage(): string {
  const entries: readonly (readonly [string, CatalogueEntry])[] = Object.entries(CATALOGUE);
  return referencePage('Errors', [
    'Every error has a stable code. On the wire, the code is the `reason` of a `google.rpc.ErrorInfo` (domain `pairstream`), in the `details` of a message status or in the trailers of a failed unary call. A `BadRequest` detail names the field, a `RetryInfo` detail the delay before a retry. A failed pair has the code in its `row_status`. The command line prints `CODE: message`.',
    markdownTable(
      ['Code', 'gRPC', 'HTTP', 'Cause', 'Remedy'],
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
