import {
  type Component,
  COMPONENT_LANES,
  laneOf,
  setHash,
  setNumber,
} from '../../features/key-components.js';
import { hashKey, KEY_SETS, type KeySet } from '../../features/key-sets.js';
import type { Hash64 } from '../../pairs/murmur3.js';
import type { StatisticsWriter } from '../../statistics/statistics-writer.js';
import { hasUser } from '../events/pair-record.js';
import type { ErasableEventLog, EventLog } from '../log/event-log.js';
import type { SeenShard } from './seen-shard.js';

/** Number of tweet types. */
const TWEET_TYPE_COUNT = 4;
const USERS: readonly Component[] = ['author', 'reader'];
/** Components with few values, which are tried one by one. */
const ENUMERATED: readonly Component[] = ['language', 'tweet type'];

/** Entries that were removed. */
export interface ForgottenCounts {
  /** Keys of statistics tables. */
  readonly keyCount: number;
  /** Events of the log. */
  readonly eventCount: number;
}

/**
 * Deletes the keys that belong to one user alone: the user's, and those of the user with a language and a tweet type.
 * @param languages of applied events
 * @returns number of keys deleted
 */
export function deleteKeysOfUser(
  writers: readonly StatisticsWriter[],
  languages: SeenShard,
  user: Readonly<Hash64>,
): number {
  const components = new Int32Array(COMPONENT_LANES);
  for (const component of USERS) setHash(components, laneOf(component), user.lo | 0, user.hi | 0);
  let keyCount = 0;
  const key = { lo: 0, hi: 0 };
  for (const writer of writers) {
    const keySet = KEY_SETS.find(({ name }) => name === writer.table.name);
    if (keySet === undefined || !isOfOneUser(keySet)) continue;
    forEachValue(keySet, components, languages, () => {
      hashKey(keySet, components, key);
      if (writer.deleteKey(key.lo, key.hi)) keyCount += 1;
    });
  }
  return keyCount;
}

/** Erases the events of a user's pairs from a log that can. @returns number of events erased */
export async function eraseEvents(log: EventLog, user: Readonly<Hash64>): Promise<number> {
  return isErasable(log) ? await log.erase((events, at) => hasUser(events, at, user)) : 0;
}

function isErasable(log: EventLog): log is ErasableEventLog {
  return 'erase' in log;
}

function isOfOneUser({ components }: KeySet): boolean {
  const users = components.filter((component) => USERS.includes(component));
  const others = components.filter((component) => !USERS.includes(component));
  return users.length === 1 && others.every((component) => ENUMERATED.includes(component));
}

/** Visits every combination of a language and a tweet type that a key set distinguishes. */
function forEachValue(keySet: KeySet, components: Int32Array, languages: SeenShard, visit: () => void): void {
  const visitTypes = (): void => {
    if (!keySet.components.includes('tweet type')) return visit();
    for (let type = 0; type < TWEET_TYPE_COUNT; type += 1) {
      setNumber(components, laneOf('tweet type'), type);
      visit();
    }
  };
  if (!keySet.components.includes('language')) return visitTypes();
  languages.forEachPair((lo, hi) => {
    setHash(components, laneOf('language'), lo, hi);
    visitTypes();
  });
}
