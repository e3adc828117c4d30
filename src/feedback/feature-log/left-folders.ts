import type { Hash64 } from '../../pairs/murmur3.js';
import { forgetRows } from './forget-rows.js';
import { listLogFiles, listLogFolders } from './log-folder.js';

/**
 * Removes the rows of a user from the folders of a gateway's feature log that no thread writes to: those of an earlier start with
 * another number of worker threads.
 * @param folder of the gateway
 * @param inUse folders with a writer, which removes the rows itself
 * @param user hash of the user's id
 * @returns number of rows removed
 * @throws PairstreamError INVALID_DATA_FILE for a damaged file, OUTPUT_FAILED
 */
export async function forgetLeftRows(
  folder: string,
  inUse: readonly string[],
  user: Readonly<Hash64>,
): Promise<number> {
  const left = listLogFolders(folder).filter((found) => !inUse.includes(found));
  let rowCount = 0;
  for (const path of left.flatMap((found) => listLogFiles(found))) rowCount += await forgetRows(path, user);
  return rowCount;
}
