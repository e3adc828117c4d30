// Load generator in a process of its own: forked by benchmarks, on a core of its own.
import type { LoadStep } from '../../../loadtest/load-settings.js';
import { runLoadStep } from '../../../loadtest/load-step.js';
import { MessagePool } from '../../../loadtest/messages/message-pool.js';
import { PreciseClock } from '../../../loadtest/precise-clock.js';
import { readPartFile } from '../../../pairs/part-file-reader.js';
import type { PartRow } from '../../../pairs/part-row.js';

const [, , partFile, rowCount, pairCount] = process.argv;
const pool = MessagePool.of(
  await readRows(partFile!, Number(rowCount)),
  [{ pairCount: Number(pairCount), share: 1 }],
  true,
);
const clock = await PreciseClock.start();

async function readRows(path: string, count: number): Promise<PartRow[]> {
  const rows: PartRow[] = [];
  for await (const block of readPartFile(path)) {
    rows.push(...block);
    if (rows.length >= count) break;
  }
  return rows.slice(0, count);
}

process.on('message', (step: LoadStep) => {
  void runLoadStep(step, { pool, clock }).then((result) => process.send?.(result));
});
// A benchmark that is interrupted leaves no generator behind.
process.on('disconnect', () => process.exit());
process.send?.('ready');
