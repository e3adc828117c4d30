import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { fileProblem } from '../../errors/file-problem.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { schemaProblems } from '../../errors/schema-problems.js';
import { CHUNK_HEAD_BYTES, chunkCrc, END_CHUNK } from './state-snapshot-file.js';
import {
  STATE_FORMAT,
  STATE_VERSION,
  type StateSnapshotHeader,
  stateSnapshotHeaderSchema,
} from './state-snapshot-header.js';

const LONGEST_HEADER_BYTES = 1 << 20;
const LARGEST_CHUNK_BYTES = 1 << 28;
const NEWLINE = 0x0a;
const END_BYTES = 4;

/** A chunk of a snapshot of the learned state. */
interface StateChunk {
  readonly kind: number;
  /** Owned by the receiver. */
  readonly payload: Buffer;
}

/** A snapshot of the learned state that is complete and undamaged. */
export interface StateSnapshot {
  readonly path: string;
  readonly header: StateSnapshotHeader;
  /** Reads the chunks, in the order that they were written. @throws PairstreamError INVALID_SNAPSHOT if the file changed */
  chunks(): Generator<StateChunk, void, void>;
}

/**
 * Reads the header of a snapshot and checks all checksums. Reads one chunk at a time.
 * @throws PairstreamError INVALID_SNAPSHOT if the file is missing, incomplete, damaged, or of another format or version
 */
export function openStateSnapshot(path: string): StateSnapshot {
  const { header, headerBytes } = readHeader(path);
  // Reads all chunks once, for their checksums.
  const all = readChunks(path, headerBytes);
  while (all.next().done !== true);
  return { path, header, chunks: () => readChunks(path, headerBytes) };
}

function readHeader(path: string): { header: StateSnapshotHeader; headerBytes: number } {
  const file = openFile(path);
  try {
    const start = Buffer.alloc(Math.min(LONGEST_HEADER_BYTES, fstatSync(file).size));
    readFully(path, file, start, 0);
    const length = start.indexOf(NEWLINE);
    if (length < 0) throw invalid(path, `no header line, expected a ${STATE_FORMAT} file`);
    return { header: parseHeader(path, start.toString('utf8', 0, length)), headerBytes: length + 1 };
  } finally {
    closeSync(file);
  }
}

function parseHeader(path: string, line: string): StateSnapshotHeader {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (cause) {
    throw invalid(path, `the header is not JSON, expected a ${STATE_FORMAT} file`, cause);
  }
  const parsed = stateSnapshotHeaderSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const expected = `expected "${STATE_FORMAT}" of version ${STATE_VERSION}`;
  throw invalid(path, `header: ${schemaProblems(parsed.error)}; ${expected}`);
}

function* readChunks(path: string, headerBytes: number): Generator<StateChunk, void, void> {
  const file = openFile(path);
  try {
    const { size } = fstatSync(file);
    const start = Buffer.alloc(headerBytes);
    readFully(path, file, start, 0);
    let wholeCrc = crc32(start);
    for (let at = headerBytes; ;) {
      const { head, kind, payload } = readChunk(path, file, at, size);
      at += CHUNK_HEAD_BYTES + payload.length;
      if (kind === END_CHUNK) {
        if (payload.length !== END_BYTES || payload.readUInt32LE() !== wholeCrc || at !== size)
          throw invalid(path, 'the checksum of the whole file differs: the file is damaged');
        return;
      }
      wholeCrc = crc32(payload, crc32(head, wholeCrc));
      yield { kind, payload };
    }
  } finally {
    closeSync(file);
  }
}

function readChunk(path: string, file: number, at: number, size: number): StateChunk & { head: Buffer } {
  const head = Buffer.alloc(CHUNK_HEAD_BYTES);
  readFully(path, file, head, at);
  const length = head.readUInt32LE(0);
  if (length > Math.min(LARGEST_CHUNK_BYTES, size - at - CHUNK_HEAD_BYTES))
    throw invalid(
      path,
      `a chunk of ${length} bytes at byte ${at} of ${size}: the file is incomplete or damaged`,
    );
  const payload = Buffer.alloc(length);
  readFully(path, file, payload, at + CHUNK_HEAD_BYTES);
  if (chunkCrc(head, payload) !== head.readUInt32LE(8))
    throw invalid(path, `the checksum of the chunk at byte ${at} differs: the file is damaged`);
  return { head, kind: head.readUInt32LE(4), payload };
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw invalid(path, fileProblem(cause), cause);
  }
}

function readFully(path: string, file: number, into: Buffer, from: number): void {
  for (let at = 0; at < into.length;) {
    const bytes = read(path, file, into, at, from + at);
    if (bytes === 0) throw invalid(path, `ends at byte ${from + at}: the file is incomplete`);
    at += bytes;
  }
}

function read(path: string, file: number, into: Buffer, at: number, from: number): number {
  try {
    return readSync(file, into, at, into.length - at, from);
  } catch (cause) {
    throw invalid(path, fileProblem(cause), cause);
  }
}

function invalid(path: string, problem: string, cause?: unknown): PairstreamError {
  return new PairstreamError('INVALID_SNAPSHOT', `snapshot ${path}: ${problem}`, { field: path, cause });
}
