// Sums of a block: BLOCK_ROWS floats per output.
import { logistic } from './logistic';
import { BLOCK_ROWS, PLAN_EXPONENTIALS, PLAN_MARGINS, PLAN_OUTPUTS } from '../layout/plan-format';

/** Sets the sums of a block to the base margins. */
export function startSums(plan: usize, count: u32, sums: usize): void {
  const margins: usize = load<u32>(plan, PLAN_MARGINS);
  for (let output: u32 = 0; output < load<u32>(plan, PLAN_OUTPUTS); output++, sums += 4 * BLOCK_ROWS) {
    const margin = load<f32>(margins + (output << 2));
    for (let at = sums, end = sums + (count << 2); at < end; at += 4) store<f32>(at, margin);
  }
}

/** Writes the outputs of a block. @param outs addresses of the outputs, by row */
export function finishSums(plan: usize, count: u32, sums: usize, outs: usize): void {
  const table: usize = load<u32>(plan, PLAN_EXPONENTIALS), end = outs + (count << 2);
  for (let output: u32 = 0; output < load<u32>(plan, PLAN_OUTPUTS); output++, sums += 4 * BLOCK_ROWS) {
    for (let at = outs, sum = sums; at < end; at += 4, sum += 4) {
      const margin = load<f32>(sum);
      store<f32>(load<u32>(at) + (output << 2), table == 0 ? margin : logistic(margin, table));
    }
  }
}
