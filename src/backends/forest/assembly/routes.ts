// Sorts the rows of a piece by route.
import { leafOf } from './node-walk';
import {
  NODE_VALUE, PLAN_FEATURES, PLAN_OUTPUTS, PLAN_POSITIONS_AT, PLAN_ROUTE_COUNT, PLAN_ROUTING, SCRATCH_OUTS, SCRATCH_ROUTES, SCRATCH_ROWS,
} from '../layout/plan-format';

/** Writes the addresses of a row and its outputs at a position of scratch. */
// @ts-ignore: decorator
@inline
function place(scratch: usize, position: u32, row: usize, out: usize): void {
  store<u32>(scratch + (position << 2), <u32>row, SCRATCH_ROWS);
  store<u32>(scratch + (position << 2), <u32>out, SCRATCH_OUTS);
}

/**
 * Writes the addresses of `count` rows (float32, PLAN_FEATURES each) and of their outputs (float32, PLAN_OUTPUTS each) to scratch,
 * sorted by route. `count` is at most PIECE_ROWS. Afterwards, word r at offset PLAN_POSITIONS_AT of scratch is the position after the
 * last row of route r.
 */
export function sortByRoute(plan: usize, rows: usize, count: u32, outs: usize, scratch: usize): void {
  const rowBytes: usize = load<u32>(plan, PLAN_FEATURES) << 2, outBytes: usize = load<u32>(plan, PLAN_OUTPUTS) << 2;
  const root: usize = load<u32>(plan, PLAN_ROUTING), positions = scratch + load<u32>(plan, PLAN_POSITIONS_AT);
  if (root == 0) {
    for (let i: u32 = 0; i < count; i++, rows += rowBytes, outs += outBytes) place(scratch, i, rows, outs);
    store<u32>(positions, count);
    return;
  }
  const routeCount = load<u32>(plan, PLAN_ROUTE_COUNT), routes = scratch + SCRATCH_ROUTES;
  memory.fill(positions, 0, routeCount << 2);
  let row = rows;
  for (let i: u32 = 0; i < count; i++, row += rowBytes) {
    const route = load<u32>(leafOf(root, row), NODE_VALUE), counter = positions + (route << 2);
    store<u32>(routes + (i << 2), route);
    store<u32>(counter, load<u32>(counter) + 1);
  }
  // Counts become first positions; each placed row moves its route's position on.
  let first: u32 = 0;
  for (let route: u32 = 0; route < routeCount; route++) {
    const size = load<u32>(positions + (route << 2));
    store<u32>(positions + (route << 2), first);
    first += size;
  }
  for (let i: u32 = 0; i < count; i++, rows += rowBytes, outs += outBytes) {
    const counter = positions + (load<u32>(routes + (i << 2)) << 2), position = load<u32>(counter);
    place(scratch, position, rows, outs);
    store<u32>(counter, position + 1);
  }
}
