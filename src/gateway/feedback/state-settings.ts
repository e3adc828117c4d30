import { resolve } from 'node:path';
import type { Config } from '../../config/config.js';
import type { StateSettings } from '../../feedback/learning/state-settings.js';
import { computeKeyScheme } from '../../feedback/tokens/key-scheme.js';
import { DAY_S } from '../../pairs/unix-time.js';
import type { ReleaseFiles } from '../../releases/release.js';
import { eventLogSettingsOf } from './event-log-settings.js';
import { BYTES_PER_MIB } from '../../config/byte-units.js';

const MS_PER_S = 1_000;
/** Applied events after which a snapshot is written before its time: a restart applies them again in seconds. */
const MAX_EVENTS_BEHIND = 2_000_000;

/**
 * Settings of the state thread of a gateway with a state directory.
 * @throws PairstreamError INVALID_CONFIG if a PEM file for Kafka cannot be read
 */
export function stateSettingsOf(
  config: Config,
  { file, vocabulary }: Pick<ReleaseFiles, 'file' | 'vocabulary'>,
): StateSettings {
  return {
    folder: resolve(config.stateDir),
    statisticsPath: file.statisticsPath,
    keyScheme: computeKeyScheme(vocabulary.sha256),
    windowS: config.attributionDays * DAY_S,
    maxSeenPairCount: config.maxSeenPairs,
    maxStatisticsBytes: config.maxStatisticsMb * BYTES_PER_MIB,
    maxPendingCount: config.maxFeedbackInFlight,
    snapshotIntervalMs: config.snapshotIntervalS * MS_PER_S,
    maxEventsBehindCount: MAX_EVENTS_BEHIND,
    log: eventLogSettingsOf(config),
    ...(config.snapshotSource === '' ? {} : { snapshotSource: resolve(config.snapshotSource) }),
  };
}
