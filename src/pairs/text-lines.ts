import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { PairstreamError } from '../errors/pairstream-error.js';

const GZIP_MAGIC = [0x1f, 0x8b];
const CHUNK_BYTES = 1 << 18;
/** No line of a part file comes near this; a file without newlines must not fill memory. */
const LONGEST_LINE_CHARS = 1 << 20;

/**
 * Lines of a text file, gzipped or not (told by its first bytes), without their newlines (LF or CRLF), in batches of
 * what one chunk held. The last line needs a newline: without it the file was cut off.
 * @throws PairstreamError INVALID_DATA_FILE when the file cannot be read, is cut off, or holds a line of over 1 MiB
 */
export async function* readLines(path: string): AsyncGenerator<string[]> {
  const stream = await openText(path);
  let rest = '';
  let lineCount = 0;
  try {
    for await (const chunk of stream) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LONGEST_LINE_CHARS) throw invalid(path, `line ${lineCount + 1} is longer than 1 MiB`);
      lineCount += lines.length;
      if (lines.length > 0) yield lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
    }
  } catch (error) {
    if (error instanceof PairstreamError) throw error;
    throw invalid(path, `cannot be read after line ${lineCount} (${errorCode(error)})`, error);
  } finally {
    stream.destroy();
  }
  if (rest !== '')
    throw invalid(path, `line ${lineCount + 1} has no newline at its end: the file was cut off`);
}

async function openText(path: string): Promise<Readable> {
  const magic = Buffer.alloc(GZIP_MAGIC.length);
  try {
    await using file = await open(path);
    await file.read(magic, 0, magic.length, 0);
  } catch (error) {
    throw invalid(path, `cannot be read (${errorCode(error)})`, error);
  }
  const raw = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  if (!magic.every((byte, i) => byte === GZIP_MAGIC[i])) return raw.setEncoding('utf8');
  // The callback hears errors too; the reader of the pipe gets them from the stream itself.
  return pipeline(raw, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined).setEncoding('utf8');
}

function invalid(path: string, problem: string, cause?: unknown): PairstreamError {
  return new PairstreamError('INVALID_DATA_FILE', `${path}: ${problem}`, { field: path, cause });
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
