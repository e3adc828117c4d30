import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FeedbackInput } from '@pairstream/client';
import { loadConfig } from '../../src/config/config.js';
import { readLog } from '../../src/feedback/log/read-log.js';
import { readArrowFile, readArrowMetadata } from '../../src/files/arrow-file.js';
import { joinLog, type JoinOptions, type JoinResult } from '../../src/offline/join/join-log.js';
import { listServedFiles, readContract } from '../../src/offline/join/log-rows.js';
import { PairEvents } from '../../src/offline/join/pair-events.js';
import { FeatureFiles } from '../../src/offline/replay/feature-files.js';
import { replay, REPLAY_FEATURES } from '../../src/offline/replay/replay.js';
import type { PartRow } from '../../src/pairs/part-row.js';
import { DAY_S } from '../../src/pairs/unix-time.js';
import { readReleaseFiles } from '../../src/releases/release.js';
import { sendFeedback, startLearningGateway } from '../support/feedback/learning-gateway.js';
import { StateFolder } from '../support/feedback/state-folder.js';
import { AdminCalls } from '../support/gateway/admin-calls.js';
import { SHIPPED_PIPELINE, type TestGateway } from '../support/gateway/test-gateway.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';

const RUN_MS = 300_000;
const KINDS = ['REPLY', 'RETWEET', 'QUOTE', 'LIKE'] as const;

/** An event that a caller sends later. */
interface Event {
  readonly timeS: number;
  readonly kind: FeedbackInput['kind'][number];
  readonly token: Uint8Array;
}

/** Rows with distinct pairs. A pair counts once in a gateway, and as often as it occurs in replay. */
async function distinctRows(count: number): Promise<PartRow[]> {
  const pairs = new Set<string>();
  return (await exampleRows(count)).filter(({ tweetId, reader }) => {
    const pair = `${tweetId} ${reader.id}`;
    return !pairs.has(pair) && pairs.add(pair);
  });
}

/** Sends the events before a time, in the order of their times. */
async function sendBefore({ client }: TestGateway, queue: Event[], timeS: number): Promise<void> {
  queue.sort((a, b) => a.timeS - b.timeS);
  const end = queue.findIndex((event) => event.timeS >= timeS);
  const due = queue.splice(0, end < 0 ? queue.length : end);
  if (due.length === 0) return;
  const [answer] = await sendFeedback(client, {
    token: due.map(({ token }) => token),
    kind: due.map(({ kind }) => kind),
    timeS: due.map((event) => event.timeS),
  });
  expect(answer).toMatchObject({ acceptedCount: due.length });
}

/** Predicts rows at their own times, and sends the feedback of each row at the times of its events. */
async function serveInEventTime(gateway: TestGateway, rows: readonly PartRow[]): Promise<void> {
  const queue: Event[] = [];
  for (let from = 0, to = 0; from < rows.length; from = to) {
    const nowS = rows[from]!.tweetCreatedAtS;
    while (to < rows.length && rows[to]!.tweetCreatedAtS === nowS) to += 1;
    const shown = rows.slice(from, to);
    await sendBefore(gateway, queue, nowS);
    const input = requestOf(shown);
    const { feedbackTokens = [] } = await gateway.client.predict({
      ...input,
      options: { feedback: { tokens: true } },
    });
    shown.forEach(({ engagementTimesS }, i) => {
      const token = feedbackTokens[i]!;
      queue.push({ timeS: nowS, kind: 'IMPRESSION', token });
      engagementTimesS?.forEach((timeS, target) => {
        if (timeS !== null) queue.push({ timeS: Math.max(timeS, nowS), kind: KINDS[target]!, token });
      });
    });
  }
  await sendBefore(gateway, queue, Infinity);
}

/** All columns of the feature files of a folder: values by file and column. */
async function columnsOf(folder: string): Promise<Map<string, string>> {
  const columns = new Map<string, string>();
  for (const name of readdirSync(folder).sort()) {
    columns.set(`${name} metadata`, JSON.stringify([...(await readArrowMetadata(join(folder, name)))]));
    let part = 0;
    for await (const batch of readArrowFile(join(folder, name))) {
      for (const [column, values] of batch.columns) {
        if (typeof values[0] === 'string') throw new TypeError(`${column} holds text`);
        const { buffer, byteOffset, byteLength } = values as Float32Array;
        columns.set(`${name} ${part} ${column}`, Buffer.from(buffer, byteOffset, byteLength).toString('hex'));
      }
      part += 1;
    }
  }
  return columns;
}

/** Joins logs into a folder. */
async function joinFolders(
  features: string,
  state: string,
  out: string,
  changes: Partial<JoinOptions> = {},
): Promise<JoinResult> {
  const paths = listServedFiles([features]);
  const { vocabularySha256, oneIn } = await readContract(paths);
  const events = new PairEvents(oneIn, 1_000_000);
  for await (const group of readLog(join(state, 'log'))) events.add(group);
  const options = { paths, events, windowS: 90 * DAY_S, keepsOpen: true, out, vocabularySha256 };
  return await joinLog({ ...options, ...changes });
}

describe('served features', () => {
  it(
    'logged at serving time and joined with later feedback are the rows that replay makes',
    { timeout: RUN_MS },
    async () => {
      using state = new StateFolder();
      using features = new StateFolder();
      using joined = new StateFolder();
      using replayed = new StateFolder();
      const rows = await distinctRows(600);
      const gateway = await startLearningGateway(state.path, {
        featureLogDir: features.path,
        featureLogOneIn: 1,
        attributionDays: 90,
      });
      await serveInEventTime(gateway, rows);
      await gateway[Symbol.asyncDispose]();
      const { joinedRowCount } = await joinFolders(features.path, state.path, joined.path);
      expect(joinedRowCount).toBe(rows.length);

      const { vocabulary, statistics } = readReleaseFiles(SHIPPED_PIPELINE);
      const sink = new FeatureFiles(replayed.path, REPLAY_FEATURES, vocabulary.sha256);
      await replay({ vocabulary, rows: [rows], warmUpDays: 0, resumeFrom: statistics, sink });
      await sink.close();
      const expected = await columnsOf(replayed.path);
      const seen = await columnsOf(joined.path);
      expect([...seen.keys()]).toEqual([...expected.keys()]);
      const different = [...expected.keys()].filter((column) => seen.get(column) !== expected.get(column));
      expect(different).toEqual([]);
      const likes = [...expected].filter(([column]) => column.endsWith(' label_like'));
      expect(likes.some(([, values]) => values.includes('01'))).toBe(true);
    },
  );

  it(
    'are joined once, if their own prediction was shown, with the labels of the window',
    { timeout: RUN_MS },
    async () => {
      using state = new StateFolder();
      using features = new StateFolder();
      using out = new StateFolder();
      const rows = await distinctRows(100);
      const nowS = rows.at(-1)!.tweetCreatedAtS;
      const config = { featureLogDir: features.path, featureLogOneIn: 1 };
      const gateway = await startLearningGateway(state.path, config);
      const predictAt = async (asOfS: number): Promise<readonly Uint8Array[]> => {
        const input = requestOf(rows);
        const options = { feedback: { tokens: true } };
        const pairs = { ...input.pairs, asOfS: [asOfS] };
        return (await gateway.client.predict({ ...input, pairs, options })).feedbackTokens ?? [];
      };
      const token = [...(await predictAt(nowS))];
      // The same prediction again, and another one that is not shown.
      await predictAt(nowS);
      await predictAt(nowS + 60);
      const shown = token.slice(0, 80);
      await sendFeedback(
        gateway.client,
        { token: shown, kind: ['IMPRESSION'], timeS: [nowS + 1] },
        { token: shown.slice(0, 30), kind: ['LIKE'], timeS: [nowS + 3_600] },
        { token: shown.slice(20, 50), kind: ['LIKE'], timeS: [nowS + 3_601] },
      );
      await gateway[Symbol.asyncDispose]();
      const hour = { windowS: 3_600, keepsOpen: false };
      expect(await joinFolders(features.path, state.path, out.path, hour)).toMatchObject({
        rowCount: 300,
        joinedRowCount: 80,
        unshownRowCount: 220,
        openRowCount: 0,
        dayCount: 1,
      });
      const likes = (await columnsOf(out.path)).get('features-00000.arrow 0 label_like');
      expect(likes).toBe('01'.repeat(30) + '00'.repeat(50));
      const longer = { windowS: 3_602, keepsOpen: false };
      await expect(joinFolders(features.path, state.path, out.path, longer)).rejects.toMatchObject({
        code: 'INVALID_DATA_FILE',
        message: expect.stringMatching(/^none of 300 rows has an impression .* \(160 windows are open\)/),
      });
      const tomorrow = { ...hour, dayZeroS: Math.ceil(nowS / DAY_S) * DAY_S };
      await expect(joinFolders(features.path, state.path, out.path, tomorrow)).rejects.toThrow(
        /^a row of \d{4}-\d\d-\d\d, expected rows from \d{4}-\d\d-\d\d on \(--day-zero\)$/,
      );
    },
  );

  it(
    'are dropped and counted beyond the bound of the memory, and the request is answered',
    { timeout: RUN_MS },
    async () => {
      using state = new StateFolder();
      using features = new StateFolder();
      const rows = await distinctRows(1_000);
      const config = { featureLogDir: features.path, featureLogOneIn: 1, maxFeatureLogRows: 256 };
      const gateway = await startLearningGateway(state.path, config);
      const options = { feedback: { tokens: true } };
      const { like } = await gateway.client.predict({ ...requestOf(rows), options });
      expect(like.every((value) => value >= 0 && value <= 1)).toBe(true);
      expect(like).toHaveLength(rows.length);
      const { text } = await new AdminCalls(gateway.adminUrl).get('/metrics');
      expect(text).toMatch(new RegExp(`^pairstream_feature_log_dropped_rows ${rows.length - 256}$`, 'm'));
      await gateway[Symbol.asyncDispose]();
      let rowCount = 0;
      for (const path of listServedFiles([features.path]))
        for await (const batch of readArrowFile(path)) rowCount += batch.rowCount;
      expect(rowCount).toBe(256);
    },
  );

  it('leave the log when their user is forgotten', { timeout: RUN_MS }, async () => {
    using state = new StateFolder();
    using features = new StateFolder();
    const rows = await distinctRows(50);
    const gateway = await startLearningGateway(state.path, {
      featureLogDir: features.path,
      featureLogOneIn: 1,
    });
    await gateway.client.predict({ ...requestOf(rows), options: { feedback: { tokens: true } } });
    await gateway.client.predict({ ...requestOf(rows), options: { feedback: { tokensOnly: true } } });
    await gateway.client.predict(requestOf(rows));
    const { reader } = rows[0]!;
    const ofReader = rows.filter((row) => row.reader.id === reader.id || row.author.id === reader.id);
    const admin = new AdminCalls(gateway.adminUrl);
    const { json } = await admin.post('/admin/v1/learning/forget', { user: reader.id });
    expect(json).toMatchObject({ rowCount: ofReader.length });
    await gateway[Symbol.asyncDispose]();
    let rowCount = 0;
    for (const path of listServedFiles([features.path]))
      for await (const batch of readArrowFile(path)) rowCount += batch.rowCount;
    // Requests without feedback options, and those for tokens alone, are not logged.
    expect(rowCount).toBe(rows.length - ofReader.length);
  });

  it('need a state directory, and a folder of their own', { timeout: RUN_MS }, async () => {
    using state = new StateFolder();
    using features = new StateFolder();
    const log = { featureLogDir: features.path };
    expect(() => loadConfig({ PAIRSTREAM_FEATURE_LOG_DIR: 'log' })).toThrow(
      'PAIRSTREAM_STATE_DIR: "", expected a folder with PAIRSTREAM_FEATURE_LOG_DIR: rows are joined with feedback',
    );
    await using gateway = await startLearningGateway(join(state.path, 'a'), log);
    await expect(startLearningGateway(join(state.path, 'b'), log)).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      message: expect.stringMatching(/^the feature log cannot use its folder: .*already open in process \d+/),
    });
    expect(gateway.gateway.notReadyReason).toBeUndefined();
  });
});
