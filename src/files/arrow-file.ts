import { type FileHandle, open } from 'node:fs/promises';
import {
  AsyncByteQueue,
  type AsyncRecordBatchFileReader,
  type Data,
  DataType,
  Field,
  Float32,
  FixedSizeList,
  Float64,
  Int32,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchReader,
  Schema,
  Struct,
  Uint8,
  Uint64,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import { PairstreamError } from '../errors/pairstream-error.js';
import { PartialFile } from './partial-file.js';

const MAGIC = 'ARROW1';
/** Size of the magic at the start, with padding. */
const HEAD_BYTES = 8;
const FOOTER_LENGTH_BYTES = 4;
const TAIL_BYTES = FOOTER_LENGTH_BYTES + MAGIC.length;

/** A column of an Arrow file; never nullable. */
export interface ArrowColumn {
  readonly name: string;
  readonly type: 'float32' | 'float64' | 'int32' | 'uint8' | 'uint64' | 'utf8';
  /** Number of values per row, as a fixed-size list. For int32 only. */
  readonly listLength?: number;
}

/** Values of one column: a typed array of its type, or strings for utf8. */
type ArrowValues = Float32Array | Float64Array | Int32Array | Uint8Array | BigUint64Array | readonly string[];

/** Collects the bytes of the Arrow writer, to write them to the file before the next batch. */
class ByteSink extends AsyncByteQueue {
  readonly chunks: Uint8Array[] = [];
  override write(value: Uint8Array): void {
    this.chunks.push(value);
  }
}

/**
 * Writes an Arrow IPC file (the random-access form, also known as Feather 2) batch by batch. The file is called
 * `<path>.partial` until `close`. One batch is in memory at a time.
 */
export class ArrowFileWriter {
  private readonly schema: Schema;
  private readonly writer = new RecordBatchFileWriter({ autoDestroy: false });
  private readonly sink = new ByteSink();
  private writtenBytes = 0;

  private constructor(
    private readonly file: PartialFile,
    private readonly columns: readonly ArrowColumn[],
    metadata: Readonly<Record<string, string>>,
  ) {
    const fields = columns.map((column) => new Field(column.name, arrowType(column), false));
    this.schema = new Schema(fields, new Map(Object.entries(metadata)));
    this.writer.reset(this.sink, this.schema);
  }

  /**
   * @param metadata of the schema, by key; default: none
   * @throws PairstreamError OUTPUT_FAILED on an error of the file system, like every method
   */
  static async open(
    path: string,
    columns: readonly ArrowColumn[],
    metadata: Readonly<Record<string, string>> = {},
  ): Promise<ArrowFileWriter> {
    return new ArrowFileWriter(await PartialFile.open(path), columns, metadata);
  }

  /** Bytes written so far. */
  get byteCount(): number {
    return this.writtenBytes;
  }

  /** Writes the first `rowCount` values of every column. The caller must not modify the arrays until the promise settles. */
  async writeBatch(columns: Readonly<Record<string, ArrowValues>>, rowCount: number): Promise<void> {
    const children = this.columns.map((column) => columnData(column, columns[column.name], rowCount));
    const data = makeData({ type: new Struct(this.schema.fields), length: rowCount, nullCount: 0, children });
    this.writer.write(new RecordBatch(this.schema, data));
    await this.flush();
  }

  /** Finishes the file and gives it its name. */
  async close(): Promise<void> {
    this.writer.close();
    await this.flush();
    await this.file.commit();
  }

  /** Removes the unfinished file. */
  async abort(): Promise<void> {
    await this.file.discard();
  }

  private async flush(): Promise<void> {
    for (const chunk of this.sink.chunks.splice(0)) {
      this.writtenBytes += chunk.byteLength;
      await this.file.write(chunk);
    }
  }
}

/** One record batch: values by column name, `rowCount` of each; a column of fixed-size lists is one array, row-major. */
export interface ArrowBatch {
  readonly rowCount: number;
  readonly columns: ReadonlyMap<string, ArrowValues>;
}

/**
 * Reads an Arrow IPC file batch by batch; one batch is in memory at a time. Does not accept the stream form, in which a
 * truncated file cannot be detected.
 * @returns columns of each batch by name, as typed arrays or strings, with the row count
 * @throws PairstreamError INVALID_DATA_FILE if the file is missing, truncated, damaged, not an Arrow file, or has nulls or
 *   columns of other types than ArrowColumn
 */
export async function* readArrowFile(path: string): AsyncGenerator<ArrowBatch> {
  try {
    await using file = await open(path);
    const reader = await openReader(file);
    // By number instead of by iterator: the iterator takes a damaged batch for the end of the file, or never ends.
    for (let i = 0; i < reader.numRecordBatches; i += 1) {
      const batch = await reader.readRecordBatch(i);
      if (batch === null) throw new RangeError(`record batch ${i} lies beyond the end of the file`);
      yield readBatch(batch);
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

/**
 * Reads the metadata of the schema of an Arrow IPC file, by key.
 * @throws PairstreamError INVALID_DATA_FILE when the file is missing, cut off, damaged or no Arrow file
 */
export async function readArrowMetadata(path: string): Promise<ReadonlyMap<string, string>> {
  try {
    await using file = await open(path);
    const { schema } = await openReader(file);
    return schema.metadata;
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function openReader(file: FileHandle): Promise<AsyncRecordBatchFileReader> {
  await checkContainer(file);
  const reader = await RecordBatchReader.from(file);
  if (!reader.isFile() || !reader.isAsync()) throw new TypeError('expected the file form');
  await reader.open();
  return reader;
}

function unreadable(path: string, error: unknown): PairstreamError {
  const reason = error instanceof Error ? error.message : String(error);
  return new PairstreamError('INVALID_DATA_FILE', `${path}: cannot be read as an Arrow file (${reason})`, {
    field: path,
    cause: error,
  });
}

/** Checks both ends of the file: magic at the start; footer length and magic at the end. */
async function checkContainer(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  const isLongEnough = size >= HEAD_BYTES + TAIL_BYTES;
  const head = await readBytes(file, 0, MAGIC.length);
  const tail = isLongEnough ? await readBytes(file, size - TAIL_BYTES, TAIL_BYTES) : undefined;
  if (head.toString('latin1') !== MAGIC) throw new TypeError(`it does not begin with ${MAGIC}`);
  if (tail?.toString('latin1', FOOTER_LENGTH_BYTES) !== MAGIC)
    throw new TypeError(`it does not end with ${MAGIC}: it was cut off`);
  const footerBytes = tail.readInt32LE(0);
  if (footerBytes <= 0 || footerBytes > size - HEAD_BYTES - TAIL_BYTES)
    throw new RangeError(`its footer is said to have ${footerBytes} bytes in a file of ${size}`);
}

async function readBytes(file: FileHandle, at: number, count: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, at);
  return buffer.subarray(0, bytesRead);
}

function readBatch(batch: RecordBatch): ArrowBatch {
  const columns = new Map<string, ArrowValues>();
  for (const [i, { name }] of batch.schema.fields.entries()) {
    const vector = batch.getChildAt(i)!;
    if (vector.nullCount > 0)
      throw new TypeError(`column ${name} holds ${vector.nullCount} nulls, expected none`);
    const values = columnValues(vector);
    const { type } = vector;
    const expected = batch.numRows * (DataType.isFixedSizeList(type) ? type.listSize : 1);
    if (values.length !== expected)
      throw new RangeError(`column ${name} has ${values.length} values, expected ${expected}`);
    columns.set(name, values);
  }
  return { rowCount: batch.numRows, columns };
}

const ARROW_TYPE: Readonly<Record<ArrowColumn['type'], DataType>> = {
  float32: new Float32(),
  float64: new Float64(),
  int32: new Int32(),
  uint8: new Uint8(),
  uint64: new Uint64(),
  utf8: new Utf8(),
};

function arrowType({ type, listLength }: ArrowColumn): DataType {
  return listLength === undefined ? ARROW_TYPE[type] : listType(listLength);
}

function listType(listLength: number): FixedSizeList<Int32> {
  return new FixedSizeList(listLength, new Field('item', new Int32(), false));
}

function columnData(
  { name, type, listLength }: ArrowColumn,
  values: ArrowValues | undefined,
  rowCount: number,
): Data {
  if (type === 'utf8' && Array.isArray(values))
    return vectorFromArray(values.slice(0, rowCount), new Utf8()).data[0]!;
  const layout = { length: rowCount, nullCount: 0 };
  if (listLength !== undefined && values instanceof Int32Array) {
    const length = rowCount * listLength;
    const child = makeData({ type: new Int32(), length, nullCount: 0, data: values.subarray(0, length) });
    return makeData({ type: listType(listLength), ...layout, child });
  }
  if (type === 'float32' && values instanceof Float32Array)
    return makeData({ type: new Float32(), ...layout, data: values.subarray(0, rowCount) });
  if (type === 'float64' && values instanceof Float64Array)
    return makeData({ type: new Float64(), ...layout, data: values.subarray(0, rowCount) });
  if (type === 'int32' && values instanceof Int32Array)
    return makeData({ type: new Int32(), ...layout, data: values.subarray(0, rowCount) });
  if (type === 'uint8' && values instanceof Uint8Array)
    return makeData({ type: new Uint8(), ...layout, data: values.subarray(0, rowCount) });
  if (type === 'uint64' && values instanceof BigUint64Array)
    return makeData({ type: new Uint64(), ...layout, data: values.subarray(0, rowCount) });
  const seen = values === undefined ? 'no values' : values.constructor.name;
  throw new TypeError(`column ${name}: ${seen}, expected values of type ${type}`);
}

function columnValues(vector: Vector): ArrowValues {
  if (DataType.isFixedSizeList(vector.type)) return columnValues(vector.getChildAt(0)!);
  const values: unknown = DataType.isUtf8(vector.type) ? vector.toJSON() : vector.toArray();
  if (
    values instanceof Float32Array ||
    values instanceof Float64Array ||
    values instanceof Int32Array ||
    values instanceof Uint8Array ||
    values instanceof BigUint64Array ||
    isStrings(values)
  )
    return values;
  throw new TypeError(`a column of type ${String(vector.type)} is not supported`);
}

function isStrings(values: unknown): values is readonly string[] {
  return Array.isArray(values) && values.every((value) => typeof value === 'string');
}
