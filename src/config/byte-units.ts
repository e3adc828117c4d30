/** Bytes of a MiB, the unit of the settings whose names end in MB. */
export const BYTES_PER_MIB = 1_024 * 1_024;
