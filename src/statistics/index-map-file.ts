import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { PairstreamError } from '../errors/pairstream-error.js';
import { readArrowFile } from '../files/arrow-file.js';
import { IndexMap } from './index-map.js';

/** An index map, and the hex SHA-256 of its file. */
export interface IndexMapFile {
  readonly map: IndexMap;
  readonly sha256: string;
}

/**
 * Reads an Arrow file of one uint64 column `key`: row i is the key of index i + 1.
 * @param name of the map, for error messages
 * @throws PairstreamError INVALID_MODEL if the file is missing, damaged or of another layout, or if a key occurs twice
 */
export async function readIndexMap(path: string, name: string): Promise<IndexMapFile> {
  try {
    const sha256 = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    const lanes: Int32Array[] = [];
    for await (const { columns } of readArrowFile(path)) {
      const keys = columns.get('key');
      if (!(keys instanceof BigUint64Array)) {
        const seen = `columns ${[...columns.keys()].join(', ')}`;
        throw new TypeError(`${seen}, expected a column key of 64-bit unsigned integers`);
      }
      lanes.push(new Int32Array(keys.buffer, keys.byteOffset, keys.length * 2).slice());
    }
    const all = new Int32Array(lanes.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of lanes) {
      all.set(part, at);
      at += part.length;
    }
    return { map: new IndexMap(name, all), sha256 };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new PairstreamError('INVALID_MODEL', `${path}: not an index map (${problem})`, {
      field: path,
      cause: error,
    });
  }
}
