import type { InputMatrix } from '../../backend.js';
import { type MatrixCall, rowBytes } from '../matrix-tensors.js';
import type { SharedRegion } from './shared-region.js';

/** Tensors begin at multiples of a cache line. */
const ALIGNMENT_BYTES = 64;
/** Last element of an output before the server writes the output: a signalling NaN, which no arithmetic produces. */
const UNWRITTEN = Uint32Array.of(0x7f_a5_5a_5a);
const UNWRITTEN_BYTES = new Uint8Array(UNWRITTEN.buffer);

/** Position of one tensor in a region. */
export interface Placement {
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** Positions of the tensors of one call in a region: inputs first, then outputs. */
export class RegionLayout {
  /** Bytes of the region that the call needs. */
  readonly byteLength: number;
  private readonly places = new Map<InputMatrix, Placement>();

  constructor(private readonly call: MatrixCall) {
    let byteOffset = 0;
    for (const matrix of [...call.inputs.values(), ...call.outputs.values()]) {
      const { byteLength } = rowBytes(matrix, call.rowCount);
      this.places.set(matrix, { byteOffset, byteLength });
      byteOffset += Math.ceil(byteLength / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    }
    this.byteLength = byteOffset;
  }

  /** Position of a matrix of the call. @throws TypeError for another matrix */
  placeOf(matrix: InputMatrix): Placement {
    const place = this.places.get(matrix);
    if (place === undefined) throw new TypeError('the matrix does not belong to the call');
    return place;
  }

  /** Copies the inputs into the region and marks the outputs as not written. @throws Error of the file system */
  writeInputs(region: SharedRegion): void {
    const { inputs, outputs, rowCount } = this.call;
    for (const matrix of inputs.values())
      region.write(rowBytes(matrix, rowCount), this.placeOf(matrix).byteOffset);
    for (const matrix of outputs.values()) {
      const { byteOffset, byteLength } = this.placeOf(matrix);
      region.write(UNWRITTEN_BYTES, byteOffset + byteLength - UNWRITTEN_BYTES.byteLength);
    }
  }

  /**
   * Copies the outputs out of the region.
   * @returns false if the server did not write to this region; the outputs then hold no answer
   * @throws Error of the file system; RangeError if the file was truncated
   */
  readOutputs(region: SharedRegion): boolean {
    const { outputs, rowCount } = this.call;
    for (const matrix of outputs.values()) {
      const bytes = rowBytes(matrix, rowCount);
      region.read(bytes, this.placeOf(matrix).byteOffset);
      if (UNWRITTEN_BYTES.every((byte, i) => bytes.at(i - UNWRITTEN_BYTES.byteLength) === byte)) return false;
    }
    return true;
  }
}
