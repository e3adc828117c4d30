import { RequestBuilder } from '@pairstream/client';
import { readPartFile } from '../../../src/pairs/part-file-reader.js';
import type { PartRow } from '../../../src/pairs/part-row.js';
import { EXAMPLE_FILE } from '../gateway/test-gateway.js';

/** The first rows of the example file. */
export async function exampleRows(rowCount: number): Promise<PartRow[]> {
  const rows: PartRow[] = [];
  for await (const batch of readPartFile(EXAMPLE_FILE)) {
    rows.push(...batch);
    if (rows.length >= rowCount) break;
  }
  return rows.slice(0, rowCount);
}

/** A request that has every column of a part row. */
export type PartRowRequest = ReturnType<RequestBuilder['take']>;

/** A request of rows. */
export function requestOf(rows: readonly PartRow[]): PartRowRequest {
  const builder = new RequestBuilder();
  for (const row of rows) builder.addPartRow(row);
  return builder.take();
}
