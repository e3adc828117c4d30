import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { fileProblem } from '../errors/file-problem.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import { FORMAT_HEAD_BYTES, refuseFormat } from './unreadable-format.js';

/** Path of the standard input, which may be a file, a pipe or a socket. */
export const STANDARD_INPUT = '/dev/stdin';

const GZIP_MAGIC = [0x1f, 0x8b];
/** The first bytes of a gzip file, decoded as UTF-8. */
const GZIP_AS_TEXT = '\x1f\uFFFD';
const BYTE_ORDER_MARK = 0xfeff;
const CHUNK_BYTES = 1 << 18;
/** No line of a part file comes near this; a file without newlines must not fill memory. */
const LONGEST_LINE_CHARS = 1 << 20;

/**
 * Lines of a text file or pipe, gzipped or not (told by its first bytes), without their newlines (LF or CRLF) and byte order
 * marks at their starts, in batches of what one chunk held. The last line needs a newline: without it the file was cut off.
 * @throws PairstreamError INVALID_DATA_FILE when the file cannot be read, is cut off, or holds a line of over 1 MiB
 */
export async function* readLines(path: string): AsyncGenerator<string[]> {
  const stream = await openText(path);
  let rest = '';
  let lineCount = 0;
  try {
    for await (const chunk of stream) {
      const text = rest + String(chunk);
      if (lineCount === 0 && text.startsWith(GZIP_AS_TEXT))
        throw invalid(path, 'gzipped twice, expected text, gzipped once or not: unpack it with `gunzip`');
      const lines = text.split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LONGEST_LINE_CHARS)
        throw invalid(path, loneReturns(rest) ?? `line ${lineCount + 1} is longer than 1 MiB`);
      lineCount += lines.length;
      if (lines.length > 0) yield lines.map(withoutMarks);
    }
  } catch (error) {
    if (error instanceof PairstreamError) throw error;
    throw invalid(path, `cannot be read after line ${lineCount} (${readProblem(error)})`, error);
  } finally {
    stream.destroy();
  }
  // Some editors save an empty file as a byte order mark.
  if (withoutMarks(rest) !== '')
    throw invalid(
      path,
      loneReturns(rest) ?? `line ${lineCount + 1} has no newline at its end: the file was cut off`,
    );
}

/** A line without its CR, and without byte order marks, which stand at the start of a file or where files were joined. */
function withoutMarks(line: string): string {
  const end = line.endsWith('\r') ? line.length - 1 : line.length;
  let start = 0;
  while (line.charCodeAt(start) === BYTE_ORDER_MARK) start += 1;
  return line.slice(start, end);
}

async function openText(path: string): Promise<Readable> {
  const raw =
    path === STANDARD_INPUT ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  // The bytes are read once and in order: a pipe cannot go back to its start.
  const chunks: AsyncIterator<Buffer> = raw[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  try {
    while (head.length < FORMAT_HEAD_BYTES) {
      const next = await chunks.next();
      if (next.done === true) break;
      head = Buffer.concat([head, next.value]);
    }
    refuseFormat(path, head);
  } catch (error) {
    raw.destroy();
    if (error instanceof PairstreamError) throw error;
    throw invalid(path, fileProblem(error), error);
  }
  const whole = Readable.from(withHead(head, chunks), { objectMode: false });
  if (!GZIP_MAGIC.every((byte, i) => byte === head[i])) return whole.setEncoding('utf8');
  // The callback also receives errors; the reader of the pipe gets them from the stream itself.
  return pipeline(whole, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined).setEncoding('utf8');
}

/** The bytes of a file whose first ones were taken already. The file is closed if the reader stops before its end. */
async function* withHead(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (head.length > 0) yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

function invalid(path: string, problem: string, cause?: unknown): PairstreamError {
  return new PairstreamError('INVALID_DATA_FILE', `${path}: ${problem}`, { field: path, cause });
}

/** Problem of a text whose lines end with CR alone; undefined for a text without CR. */
function loneReturns(rest: string): string | undefined {
  return rest.trimEnd().includes('\r')
    ? "lines end with CR alone, expected LF or CRLF: convert the file with `tr '\\r' '\\n'`"
    : undefined;
}

const GZIP_PROBLEMS: Readonly<Record<string, string>> = {
  Z_BUF_ERROR: 'the gzip data end early: the file was cut off',
  Z_DATA_ERROR: 'the gzip data are damaged, or followed by something else',
};

function readProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return GZIP_PROBLEMS[code] ?? code;
}
