import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { EmbeddedLog } from '../../../src/feedback/log/embedded-log.js';
import { linesOf, startLogProcess } from './log-process.js';
import { range, storedNumbers } from './numbered-events.js';

const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 5);
/** Limit of a round, generous: starting a process takes seconds on a busy machine. */
const ROUND_MS = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'event-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Four callers append events numbered by position, 1 to 300 a call, and print what was acknowledged. The log is trimmed meanwhile. */
const APPENDING = `
let next = log.position;
let calls = 0;
const produce = async (seed) => {
  for (let i = seed; ; i = (i * 7919 + 17) % 1009) {
    const first = next;
    const count = 1 + (i % 300);
    next += count;
    await log.append(events(first, count));
    say(String(first + count));
    if ((calls += 1) % 50 === 0) await log.trim(Math.max(0, first - 20000));
  }
};
for (let i = 0; i < 4; i += 1) produce(i + 1);
`;

it(
  `loses and doubles no acknowledged event when its process is killed (${ROUNDS} rounds)`,
  { timeout: ROUNDS * ROUND_MS },
  async () => {
    const acknowledged: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const child = startLogProcess(folder, APPENDING);
      const killAfter = 1 + Math.floor(Math.random() * 200);
      const lines = await linesOf(child, (count) => {
        if (count >= killAfter) child.kill('SIGKILL');
      });
      acknowledged.push(...lines.map(Number));
      const log = await EmbeddedLog.open({ folder, maxBytes: 64 * 2 ** 20 });
      const numbers = await storedNumbers(log);
      const end = log.position;
      await log.close();
      expect(lines.length).toBeGreaterThanOrEqual(killAfter);
      expect(end).toBeGreaterThanOrEqual(Math.max(...acknowledged));
      expect(numbers).toEqual(range(end - numbers.length, end));
    }
  },
);
