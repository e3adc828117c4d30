// A process with live statistics under load. killed-gateway.spec.ts kills it. Arguments: settings as JSON, first event, number of
// streams. Writes one line per acknowledged call: the number of its first event and that after its last.
import { writeSync } from 'node:fs';
import type { StateSettings } from '../../src/feedback/learning/state-settings.js';
import { LiveStatistics } from '../../src/feedback/live-statistics.js';
import { emptyStatistics } from '../support/feedback/empty-statistics.js';
import { numberedImpressions } from '../support/feedback/numbered-impressions.js';

const EVENTS_PER_CALL = 20;
const STANDARD_OUTPUT = 1;

const settings: StateSettings = JSON.parse(process.argv[2]!);
let next = Number(process.argv[3]);
const streamCount = Number(process.argv[4]);

const live = await LiveStatistics.start({
  settings,
  tables: emptyStatistics().tables,
  warn: (line) => process.stderr.write(`${line}\n`),
});

async function stream(): Promise<never> {
  for (;;) {
    const first = next;
    next += EVENTS_PER_CALL;
    // A part of the events is sent twice, as after a lost answer.
    const events = numberedImpressions(first, EVENTS_PER_CALL);
    await live.submit(events.slice());
    if (first % 100 === 0) await live.submit(events.slice());
    // Written at once: a kill must not lose a line.
    writeSync(STANDARD_OUTPUT, `${first} ${first + EVENTS_PER_CALL}\n`);
  }
}

await Promise.all(Array.from({ length: streamCount }, stream));
