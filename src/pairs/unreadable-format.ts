import { PairstreamError } from '../errors/pairstream-error.js';

/** Endings of a part file that can be read, or none. Gzip is told by the content. */
export const PART_ENDING = /^(\.(csv|tsv|txt))?(\.gz)?$/i;

const AS_GZIP = 'write it again with gzip or without compression';
const AS_TEXT = 'write it again as text in the layout of the challenge';

/** Formats that Hadoop and Spark write and that cannot be read here, with the bytes that start them and what to do. */
const FORMATS = [
  format('Snappy', /\.(snappy|sz)$/i, AS_GZIP, 'ff060000734e61507059'),
  format('LZO', /\.(lzo|lzo_deflate)$/i, 'unpack it with `lzop -d`', '894c5a4f'),
  format('LZ4', /\.lz4$/i, 'unpack it with `lz4 -d`', '04224d18'),
  format('Zstandard', /\.zstd?$/i, 'unpack it with `zstd -d`', '28b52ffd'),
  format('bzip2', /\.bz2$/i, 'unpack it with `bunzip2`', '425a68'),
  format('xz', /\.xz$/i, 'unpack it with `unxz`', 'fd377a585a00'),
  format('ZIP', /\.zip$/i, 'unpack it with `unzip`', '504b0304'),
  format('Brotli', /\.br$/i, 'unpack it with `brotli -d`'),
  format('Deflate', /\.deflate$/i, AS_GZIP, '789c', '78da', '7801'),
  format('Parquet', /\.parquet$/i, AS_TEXT, '50415231'),
  format('ORC', /\.orc$/i, AS_TEXT, '4f5243'),
  format('Avro', /\.avro$/i, AS_TEXT, '4f626a01'),
  format('Arrow', /\.(arrow|feather)$/i, AS_TEXT, '4152524f5731'),
  format('SequenceFile', /\.seq$/i, AS_TEXT, '534551'),
  format('JSON', /\.jsonl?$/i, AS_TEXT),
] as const;

/** Bytes from the start of a file that `refuseFormat` needs. */
export const FORMAT_HEAD_BYTES = 16;

/** The problem with a file of this name, if its ending is one of a format that cannot be read. */
export function unreadableEnding(name: string): string | undefined {
  const found = FORMATS.find(({ ending }) => ending.test(name));
  return found && problemOf(found);
}

/**
 * Refuses a file by its first bytes, whatever its name is.
 * @throws PairstreamError INVALID_DATA_FILE that names the format and the way to convert the file
 */
export function refuseFormat(path: string, head: Buffer): void {
  const found = FORMATS.find(({ starts }) =>
    starts.some((start) => head.subarray(0, start.length).equals(start)),
  );
  if (found === undefined) return;
  throw new PairstreamError('INVALID_DATA_FILE', `${path}: ${problemOf(found)}`, { field: path });
}

function problemOf({ name, advice }: { readonly name: string; readonly advice: string }): string {
  return `a ${name} file, expected text, gzipped or not: ${advice}`;
}

function format(name: string, ending: RegExp, advice: string, ...starts: string[]) {
  return { name, ending, advice, starts: starts.map((hex) => Buffer.from(hex, 'hex')) };
}
