import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import {
  AsyncByteQueue,
  type Data,
  DataType,
  Field,
  Float32,
  Float64,
  Int32,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchReader,
  Schema,
  Struct,
  Uint8,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import { PairstreamError } from '../errors/pairstream-error.js';

/** A column of an Arrow file: none of them is nullable. */
export interface ArrowColumn {
  readonly name: string;
  readonly type: 'float32' | 'float64' | 'int32' | 'uint8' | 'utf8';
}

/** Values of one column: the typed array that belongs to its type, or strings for utf8. */
type ArrowValues = Float32Array | Float64Array | Int32Array | Uint8Array | readonly string[];

/** Collects what the Arrow writer emits, so that it can be written to the file before the next batch comes. */
class ByteSink extends AsyncByteQueue {
  readonly chunks: Uint8Array[] = [];
  override write(value: Uint8Array): void {
    this.chunks.push(value);
  }
}

/**
 * Writes an Arrow IPC file (the random-access form, also known as Feather 2) batch by batch to `<path>.partial`, and
 * renames it to `path` on close. One batch is in memory at a time.
 */
export class ArrowFileWriter {
  private readonly schema: Schema;
  private readonly writer = new RecordBatchFileWriter({ autoDestroy: false });
  private readonly sink = new ByteSink();

  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    private readonly columns: readonly ArrowColumn[],
  ) {
    this.schema = new Schema(columns.map(({ name, type }) => new Field(name, ARROW_TYPE[type], false)));
    this.writer.reset(this.sink, this.schema);
  }

  /** @throws the system's error when the file cannot be created */
  static async open(path: string, columns: readonly ArrowColumn[]): Promise<ArrowFileWriter> {
    return new ArrowFileWriter(path, await open(`${path}.partial`, 'w'), columns);
  }

  /** Writes the first `rowCount` values of every column. The arrays are the caller's again once the promise settles. */
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
    await this.file.close();
    await rename(`${this.path}.partial`, this.path);
  }

  /** Takes the unfinished file away. */
  async abort(): Promise<void> {
    await this.file.close();
    await rm(`${this.path}.partial`, { force: true });
  }

  private async flush(): Promise<void> {
    for (const chunk of this.sink.chunks.splice(0)) await this.file.writeFile(chunk);
  }
}

/**
 * Reads an Arrow IPC file batch by batch.
 * @returns columns of each batch by name, as typed arrays or strings, with their row count
 * @throws PairstreamError INVALID_DATA_FILE when the file is missing, damaged, or no Arrow file
 */
export async function* readArrowFile(
  path: string,
): AsyncGenerator<{ rowCount: number; columns: ReadonlyMap<string, ArrowValues> }> {
  try {
    await using file = await open(path);
    const reader = await RecordBatchReader.from(file);
    for await (const batch of reader) {
      const columns = new Map<string, ArrowValues>();
      for (const [i, field] of batch.schema.fields.entries())
        columns.set(field.name, columnValues(batch.getChildAt(i)!));
      yield { rowCount: batch.numRows, columns };
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PairstreamError('INVALID_DATA_FILE', `${path}: cannot be read as an Arrow file (${reason})`, {
      field: path,
      cause: error,
    });
  }
}

const ARROW_TYPE: Readonly<Record<ArrowColumn['type'], DataType>> = {
  float32: new Float32(),
  float64: new Float64(),
  int32: new Int32(),
  uint8: new Uint8(),
  utf8: new Utf8(),
};

function columnData({ name, type }: ArrowColumn, values: ArrowValues | undefined, rowCount: number): Data {
  if (type === 'utf8' && Array.isArray(values))
    return vectorFromArray(values.slice(0, rowCount), new Utf8()).data[0]!;
  const layout = { length: rowCount, nullCount: 0 };
  if (type === 'float32' && values instanceof Float32Array)
    return makeData({ type: new Float32(), ...layout, data: values.subarray(0, rowCount) });
  if (type === 'float64' && values instanceof Float64Array)
    return makeData({ type: new Float64(), ...layout, data: values.subarray(0, rowCount) });
  if (type === 'int32' && values instanceof Int32Array)
    return makeData({ type: new Int32(), ...layout, data: values.subarray(0, rowCount) });
  if (type === 'uint8' && values instanceof Uint8Array)
    return makeData({ type: new Uint8(), ...layout, data: values.subarray(0, rowCount) });
  const seen = values === undefined ? 'no values' : values.constructor.name;
  throw new TypeError(`column ${name}: ${seen}, expected values of type ${type}`);
}

function columnValues(vector: Vector): ArrowValues {
  const values: unknown = DataType.isUtf8(vector.type) ? vector.toJSON() : vector.toArray();
  if (
    values instanceof Float32Array ||
    values instanceof Float64Array ||
    values instanceof Int32Array ||
    values instanceof Uint8Array ||
    isStrings(values)
  )
    return values;
  throw new TypeError(`a column of type ${String(vector.type)} is not supported`);
}

function isStrings(values: unknown): values is readonly string[] {
  return Array.isArray(values) && values.every((value) => typeof value === 'string');
}
