import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PartRow } from '../../../pairs/part-row.js';
import { chunk, run, withOwnTweets } from '../load/bench-load.js';
import { ServerProcess } from '../load/server-process.js';
import { spreadOf } from '../measurement.js';
import type { Figure } from '../result.js';
import { atPresent } from './event-source.js';

const PAIRS_PER_MESSAGE = 1_024;
const WARM_UP_MESSAGES = 200;
const MESSAGES_PER_TURN = 60;
const IN_FLIGHT = 8;
const ROUNDS = 31;
/** Default of PAIRSTREAM_FEATURE_LOG_ONE_IN. */
const DEFAULT_ONE_IN = 100;

/** CPU time per pair, microseconds. */
interface PairCpu {
  /** Of all threads. */
  readonly processUs: number;
  /** Of the event loop, which serves. */
  readonly loopUs: number;
}

/**
 * CPU time that the feature log adds to a pair: gateways without models that return tokens, without the log, with its default sample,
 * and with every pair logged, by turns.
 * @param work folder for the states and the logs, created if needed
 */
export async function benchFeatureLog(work: string, rows: readonly PartRow[]): Promise<Figure[]> {
  mkdirSync(work, { recursive: true });
  const folder = mkdtempSync(join(work, 'bench-feature-log-'));
  const start = (name: string, oneIn?: number): Promise<ServerProcess> =>
    ServerProcess.start({
      backend: 'null',
      stateDir: join(folder, name),
      ...(oneIn === undefined ? {} : { featureLog: { folder: join(folder, name, 'features'), oneIn } }),
    });
  try {
    await using without = await start('without');
    await using sampled = await start('sampled', DEFAULT_ONE_IN);
    await using whole = await start('whole', 1);
    const requests = atPresent(chunk(withOwnTweets(rows), PAIRS_PER_MESSAGE)).map((request) => ({
      ...request,
      options: { feedback: { tokens: true } },
    }));
    const turn = async (server: ServerProcess): Promise<PairCpu> => {
      const before = await server.cpu();
      await run(server.client, requests, MESSAGES_PER_TURN, IN_FLIGHT);
      const after = await server.cpu();
      const pairCount = MESSAGES_PER_TURN * PAIRS_PER_MESSAGE;
      return {
        processUs: (after.cpuUs - before.cpuUs) / pairCount,
        loopUs: (after.loopUs - before.loopUs) / pairCount,
      };
    };
    const servers = [without, sampled, whole];
    for (const { client } of servers) await run(client, requests, WARM_UP_MESSAGES, IN_FLIGHT);
    const rounds: PairCpu[][] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const turns: PairCpu[] = [];
      // Another gateway begins in each round, so that none always follows the same other.
      for (const i of servers.keys()) {
        const next = (i + round) % servers.length;
        turns[next] = await turn(servers[next]!);
      }
      rounds.push(turns);
    }
    return figuresOf(rounds);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function figuresOf(rounds: readonly (readonly PairCpu[])[]): Figure[] {
  const figure = (name: string, samples: readonly number[]): Figure => {
    const { median: value, p10, p90 } = spreadOf(samples);
    return { name, unit: 'us/pair', value, p10, p90 };
  };
  const note = `median of ${ROUNDS} rounds by turns; null backend, messages of ${PAIRS_PER_MESSAGE.toLocaleString('en')} pairs, every tweet new, with tokens`;
  const added = (of: keyof PairCpu, server: number): number[] =>
    rounds.map((turns) => turns[server]![of] - turns[0]![of]);
  return [
    figure(
      'event loop, no feature log',
      rounds.map(([without]) => without!.loopUs),
    ),
    figure(
      'whole process, no feature log',
      rounds.map(([without]) => without!.processUs),
    ),
    { ...figure(`event loop, added by a log of one pair in ${DEFAULT_ONE_IN}`, added('loopUs', 1)), note },
    {
      ...figure(`whole process, added by a log of one pair in ${DEFAULT_ONE_IN}`, added('processUs', 1)),
      note,
    },
    { ...figure('event loop, added by a log of every pair', added('loopUs', 2)), note },
    { ...figure('whole process, added by a log of every pair', added('processUs', 2)), note },
  ];
}
