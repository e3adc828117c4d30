import { afterAll, describe, expect, it } from 'vitest';
import { PairstreamClient } from '@pairstream/client';
import { eventsOf, sendFeedback, tokensOf } from '../support/feedback/learning-gateway.js';
import { StateFolder } from '../support/feedback/state-folder.js';
import { servingAddress } from '../support/gateway/serve-log.js';
import { TWO_MODELS } from '../support/pipelines/cut-pipeline.js';
import { type RunningCommand, startCommand } from '../support/processes/cli-process.js';
import { exampleRows } from '../support/requests/example-rows.js';

/** Kills: 3, or the number in KILL_ROUNDS (50 in the full suite). */
const KILL_COUNT = Number(process.env['KILL_ROUNDS'] ?? 3);
const RUN_MS = 60_000 * (KILL_COUNT + 2);
const ROW_COUNT = Math.min(10_000, Math.max(3_000, 200 * KILL_COUNT));
const EVENTS_PER_REQUEST = 10;

/** A gateway as a process of its own. */
async function serve(stateDir: string): Promise<{ command: RunningCommand; client: PairstreamClient }> {
  const command = startCommand(['serve'], {
    PAIRSTREAM_STATE_DIR: stateDir,
    PAIRSTREAM_GRPC_PORT: '0',
    PAIRSTREAM_ADMIN_PORT: '0',
    PAIRSTREAM_LOG_LEVEL: 'info',
    PAIRSTREAM_PIPELINE: TWO_MODELS,
    PAIRSTREAM_SNAPSHOT_INTERVAL_S: '1',
  });
  await expect.poll(() => servingAddress(command.stderr()), { timeout: RUN_MS }).toBeDefined();
  return { command, client: new PairstreamClient({ target: servingAddress(command.stderr())! }) };
}

describe(`a gateway that is killed ${KILL_COUNT} times while feedback arrives (KILL_ROUNDS)`, () => {
  const state = new StateFolder();
  afterAll(() => state[Symbol.dispose]());

  it('has every acknowledged event after the next start, once', { timeout: RUN_MS }, async () => {
    const rows = await exampleRows(ROW_COUNT);
    const pairCount = new Set(rows.map(({ tweetId, reader }) => `${tweetId} ${reader.id}`)).size;
    let acknowledgedCount = 0;
    const duplicateCounts: number[] = [];
    for (let round = 0; round < KILL_COUNT; round += 1) {
      const { command, client } = await serve(state.path);
      const tokens = await tokensOf(client, rows);
      const requests = Array.from({ length: ROW_COUNT / EVENTS_PER_REQUEST }, (_, i) => {
        const from = i * EVENTS_PER_REQUEST;
        const to = from + EVENTS_PER_REQUEST;
        return eventsOf(tokens.slice(from, to), rows.slice(from, to));
      });
      // Every round comes further than the round before it.
      const enough = ((round + 1) * pairCount) / (KILL_COUNT + 1);
      let countNow = 0;
      let duplicateCount = 0;
      try {
        for await (const { output } of client.feedback(requests, { maxInFlight: 4 })) {
          if (!('acceptedCount' in output)) continue;
          countNow += output.acceptedCount;
          duplicateCount += output.duplicateCount;
          if (acknowledgedCount + countNow >= enough) command.process.kill('SIGKILL');
        }
      } catch {
        // The process is gone.
      }
      command.process.kill('SIGKILL');
      await command.finished;
      client.close();
      duplicateCounts.push(duplicateCount);
      acknowledgedCount += countNow;
    }
    // Every round but the first begins with events of the round before.
    expect(Math.min(...duplicateCounts.slice(1))).toBeGreaterThan(0);
    const { command, client } = await serve(state.path);
    const { feedback } = await client.getServerInfo();
    expect(feedback.appliedCount).toBeGreaterThanOrEqual(acknowledgedCount);
    const tokens = await tokensOf(client, rows);
    const [last] = await sendFeedback(client, eventsOf(tokens, rows));
    expect(last?.acceptedCount).toBe(pairCount - feedback.appliedCount);
    expect((await client.getServerInfo()).feedback.appliedCount).toBe(pairCount);
    client.close();
    command.process.kill('SIGTERM');
    expect((await command.finished).exitCode).toBe(0);
  });
});
