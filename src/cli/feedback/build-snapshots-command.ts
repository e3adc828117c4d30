import { once } from 'node:events';
import type { Command } from 'commander';
import { loadConfig } from '../../config/config.js';
import { packagePath } from '../../config/package-files.js';
import { SETTINGS } from '../../config/settings.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { LiveStatistics } from '../../feedback/live-statistics.js';
import { stateSettingsOf } from '../../gateway/feedback/state-settings.js';
import { readReleaseFiles } from '../../releases/release.js';
import { createLogger } from '../../telemetry/logger.js';
import { withInterrupt } from '../interrupt.js';

/** Adds `build-snapshots`: publishes snapshots that new gateways start from. */
export function registerBuildSnapshotsCommand(program: Command): void {
  program
    .command('build-snapshots')
    .summary('publish snapshots of the statistics for new gateways')
    .description(
      'Reads the events of a Kafka topic and writes snapshots of the statistics to PAIRSTREAM_STATE_DIR/snapshots, every PAIRSTREAM_SNAPSHOT_INTERVAL_S and at the end. Gateways whose PAIRSTREAM_SNAPSHOT_SOURCE is that folder start from the newest. Settings are those of the gateways, with a state directory of its own; models are not loaded. Ends on Ctrl-C or SIGTERM.',
    )
    .option('--once', 'end after the snapshot of all events that are in the topic at the start')
    .addHelpText(
      'after',
      '\nExample:\n  PAIRSTREAM_EVENT_LOG=kafka PAIRSTREAM_KAFKA_BROKERS=kafka-1:9092 PAIRSTREAM_STATE_DIR=/shared/statistics PAIRSTREAM_FEEDBACK_KEYS=1:$KEY pairstream build-snapshots',
    )
    .action(buildSnapshots);
}

async function buildSnapshots({ once: isOnce = false }: { readonly once?: boolean }): Promise<void> {
  const config = loadConfig();
  if (config.eventLog !== 'kafka') {
    const { variable } = SETTINGS.eventLog;
    throw new PairstreamError(
      'INVALID_CONFIG',
      `${variable}: "${config.eventLog}", expected kafka: a gateway with an embedded log writes its own snapshots`,
      { field: variable },
    );
  }
  const files = readReleaseFiles(packagePath(config.pipeline));
  const settings = stateSettingsOf(config, files);
  const logger = createLogger(config.logLevel);
  const warn = (line: string): void => logger.warn(line);
  await withInterrupt(async (signal) => {
    const live = new LiveStatistics({ settings, tables: files.statistics.tables, warn });
    // Ends the start, too: the next start applies the same events.
    const close = (): void => void live.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      await live.start();
      const { appliedCount, newestEventS } = live.freshness;
      logger.info({ appliedCount, newestEventS, folder: settings.folder }, 'snapshots are published');
      if (!isOnce && !signal.aborted) await once(signal, 'abort');
      if (isOnce && !(await live.snapshot()))
        throw new PairstreamError(
          'OUTPUT_FAILED',
          `no snapshot was written to ${settings.folder}; the line before this one has the reason`,
          { field: settings.folder },
        );
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', close);
      // Writes the last snapshot.
      await live.close();
    }
  });
}
