import { readFileSync } from 'node:fs';

const INT_BYTES = 4;
const LONG_BYTES = 8;
/** Bytes of a threshold or leaf, by treelite's number of the type: uint32, float32, float64. */
const BYTES_OF_TYPE: readonly number[] = [0, 4, 4, 8];
/** The major version of treelite whose layout is walked here. FIL reads no other. */
const MAJOR = 4;

/** A file that ends before what it announces. */
class Truncated extends Error {}

/**
 * Reads the layout of a treelite checkpoint, without its values.
 * @returns what is wrong with it; undefined if it is whole
 */
export function checkpointProblem(path: string): string | undefined {
  const bytes = readFileSync(path);
  if (bytes.length === 0) return 'empty';
  try {
    return new CheckpointWalk(bytes).problem();
  } catch (error) {
    if (error instanceof Truncated) return `${bytes.length} bytes, shorter than it announces: truncated?`;
    throw error;
  }
}

class CheckpointWalk {
  private offset = 0;

  constructor(private readonly bytes: Buffer) {}

  problem(): string | undefined {
    const major = this.int();
    this.skip(2 * INT_BYTES);
    const [threshold, leaf] = [BYTES_OF_TYPE[this.byte()] ?? 0, BYTES_OF_TYPE[this.byte()] ?? 0];
    const trees = this.long();
    if (major !== MAJOR || threshold === 0 || leaf === 0 || trees === 0) return 'no treelite checkpoint';
    this.skip(INT_BYTES + 2 + INT_BYTES);
    // num_class, leaf_vector_shape, target_id, class_id, postprocessor; two floats; base_scores, attributes.
    this.arrays(INT_BYTES, INT_BYTES, INT_BYTES, INT_BYTES, 1);
    this.skip(2 * INT_BYTES);
    this.arrays(LONG_BYTES, 1);
    // Optional fields have a layout of their own; treelite 4 writes none.
    if (this.int() !== 0) return undefined;
    for (let i = 0; i < trees; i += 1) if (!this.tree(threshold, leaf)) return undefined;
    return this.offset === this.bytes.length ? undefined : 'more bytes than its trees have';
  }

  /** Skips a tree. @returns false if it has optional fields, whose length is not known */
  private tree(threshold: number, leaf: number): boolean {
    this.skip(INT_BYTES + 1);
    // node_type, left, right, feature, default_left, leaf, threshold, operator, category_list_right_child
    this.arrays(1, INT_BYTES, INT_BYTES, INT_BYTES, 1, leaf, threshold, 1, 1);
    // leaf_vector with begin and end, category_list with begin and end
    this.arrays(leaf, LONG_BYTES, LONG_BYTES, INT_BYTES, LONG_BYTES, LONG_BYTES);
    // data_count, sum_hess and gain, each with its flags
    this.arrays(LONG_BYTES, 1, LONG_BYTES, 1, LONG_BYTES, 1);
    return this.int() === 0 && this.int() === 0;
  }

  private arrays(...elementBytes: readonly number[]): void {
    for (const size of elementBytes) this.skip(this.long() * size);
  }

  private byte(): number {
    const at = this.offset;
    this.skip(1);
    return this.bytes.readUInt8(at);
  }

  private int(): number {
    const at = this.offset;
    this.skip(INT_BYTES);
    return this.bytes.readInt32LE(at);
  }

  private long(): number {
    const at = this.offset;
    this.skip(LONG_BYTES);
    return Number(this.bytes.readBigUInt64LE(at));
  }

  private skip(count: number): void {
    this.offset += count;
    if (this.offset > this.bytes.length) throw new Truncated();
  }
}
