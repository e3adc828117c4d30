// Entry of `nest start`: the same as `pairstream serve`.
import { run } from './run.js';

await run(['serve']);
