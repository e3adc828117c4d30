/** Bytes that are decoded, or searched, before the time is looked at: half a millisecond to four, by the kind of column. */
export const PART_BYTES = 32_768;

/** Time for a part of a long decoding. */
export interface ReadingSlice {
  /** True if the decoding should pause. */
  readonly isOver: boolean;
}

/** Time for all of it. */
export const WHOLE: ReadingSlice = { isOver: false };
