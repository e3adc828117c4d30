// The logistic function with the bits of XGBoost on Linux: float32, with the expf of glibc 2.27 and later (and of musl).

const LARGEST: f32 = 88.7;
/** Less than this, expf(x) is too small to change 1 + expf(x). */
const SMALLEST: f32 = -104;
/** Entries of the table: 2^(i/32). */
const ENTRIES: u64 = 32;
const ENTRY_BITS: u64 = 5;
const SHIFT: f64 = 6755399441055744; // 1.5 * 2^52: adding it rounds to an integer.
const ENTRIES_PER_LN2: f64 = 46.16624130844683; // 32 / ln 2
const CUBIC: f64 = 1.6938359250920212e-6;
const SQUARE: f64 = 2.3459809789509004e-4;
const LINEAR: f64 = 2.1660849396613134e-2;

/** e^x for x from -104 to 88.7. @param table bits of 2^(i/32), less i << 47, 64 bits each */
// @ts-ignore: decorator
@inline
function exponential(x: f32, table: usize): f32 {
  const scaled = ENTRIES_PER_LN2 * <f64>x;
  const shifted = scaled + SHIFT;
  const steps = reinterpret<u64>(shifted);
  const rest = scaled - (shifted - SHIFT);
  const bits = load<u64>(table + (<usize>(steps & (ENTRIES - 1)) << 3)) + (steps << (52 - ENTRY_BITS));
  const square = rest * rest;
  return <f32>(((CUBIC * rest + SQUARE) * square + (LINEAR * rest + 1)) * reinterpret<f64>(bits));
}

/** 1 / (1 + e^-margin). NaN for NaN. */
export function logistic(margin: f32, table: usize): f32 {
  let x = -margin;
  if (x > LARGEST) x = LARGEST;
  if (x < SMALLEST) return 1;
  return <f32>1 / (<f32>1 + exponential(x, table));
}
