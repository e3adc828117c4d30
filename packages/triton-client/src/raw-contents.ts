import { ARRAY_TYPES, type Datatype, type TensorData, type TensorDataByType } from './datatypes.js';
import { checkText } from './request-values.js';
import { TritonError } from './triton-error.js';

const LENGTH_BYTES = 4;

/**
 * Encodes a tensor as `raw_input_contents`: row-major, little-endian, no padding. Each element of BYTES follows its length in
 * four bytes.
 * @returns a view of the data for datatypes of fixed size, a new array for BYTES
 * @throws TritonError invalid_argument for data of another type
 */
export function toRawContents(name: string, datatype: Datatype, data: TensorData): Uint8Array {
  if (datatype === 'BYTES' && isElements(data)) return joinElements(name, data);
  const problem = dataProblem(datatype, data);
  if (problem !== undefined || !ArrayBuffer.isView(data))
    throw new TritonError('invalid_argument', `input ${name}: ${problem}`);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Problem of data that does not fit a datatype; undefined for valid data. */
export function dataProblem(datatype: Datatype, data: TensorData): string | undefined {
  const isFit = datatype === 'BYTES' ? isElements(data) : data instanceof ARRAY_TYPES[datatype];
  if (isFit) return undefined;
  const expected =
    datatype === 'BYTES' ? 'an array of strings or Uint8Arrays' : `a ${ARRAY_TYPES[datatype].name}`;
  return `a ${data.constructor.name}, expected ${expected} for ${datatype}`;
}

/**
 * Decodes raw contents.
 * @returns a view of the bytes if they are aligned and the elements have a fixed size, else a copy; for BYTES, one view per element
 * @throws TritonError internal if the last element is incomplete
 */
export function fromRawContents<D extends Datatype>(
  name: string,
  datatype: D,
  bytes: Uint8Array,
): TensorDataByType[D];
export function fromRawContents(name: string, datatype: Datatype, bytes: Uint8Array): TensorData {
  if (datatype === 'BYTES') return splitElements(name, bytes);
  const arrayType = ARRAY_TYPES[datatype];
  const size = arrayType.BYTES_PER_ELEMENT;
  if (bytes.byteLength % size !== 0)
    throw broken(name, `${bytes.byteLength} bytes, expected a multiple of ${size} for ${datatype}`);
  const { buffer, byteOffset } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return new arrayType(buffer, byteOffset, bytes.byteLength / size);
}

function isElements(data: TensorData): data is TensorDataByType['BYTES'] {
  return Array.isArray(data);
}

function joinElements(name: string, elements: readonly (Uint8Array | string)[]): Uint8Array {
  const chunks = elements.map((element, i) => {
    if (element instanceof Uint8Array) return element;
    checkText(`input ${name}: element ${i}`, element);
    return Buffer.from(element);
  });
  const joined = Buffer.allocUnsafe(
    chunks.reduce((sum, { byteLength }) => sum + LENGTH_BYTES + byteLength, 0),
  );
  let at = 0;
  for (const chunk of chunks) {
    at = joined.writeUInt32LE(chunk.byteLength, at);
    joined.set(chunk, at);
    at += chunk.byteLength;
  }
  return joined;
}

function splitElements(name: string, bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const elements: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.byteLength) {
    const end = at + LENGTH_BYTES + (at + LENGTH_BYTES <= bytes.byteLength ? view.getUint32(at, true) : 0);
    if (end > bytes.byteLength)
      throw broken(name, `element ${elements.length} ends at byte ${end} of ${bytes.byteLength}`);
    elements.push(bytes.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  return elements;
}

function broken(name: string, problem: string): TritonError {
  return new TritonError('internal', `output ${name}: ${problem}`);
}
