import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { loadConfig } from '../../config/config.js';
import { SETTINGS } from '../../config/settings.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { readTopic } from '../../feedback/log/kafka/read-topic.js';
import { readLog } from '../../feedback/log/read-log.js';
import { makeFolder } from '../../files/output-folder.js';
import { eventLogSettingsOf } from '../../gateway/feedback/event-log-settings.js';
import { joinLog, type JoinResult } from '../../offline/join/join-log.js';
import { listServedFiles, readContract } from '../../offline/join/log-rows.js';
import { PairEvents } from '../../offline/join/pair-events.js';
import { DAY_S } from '../../pairs/unix-time.js';
import { withInterrupt } from '../interrupt.js';
import { parseCount } from '../option-values.js';
import { openProgress } from '../progress.js';

const HOUR_S = 3_600;
const MAX_PAIRS = 10_000_000;
/** Seven days, the default of PAIRSTREAM_ATTRIBUTION_DAYS. */
const WINDOW_H = 168;

interface JoinLogOptions {
  readonly features: string[];
  readonly log?: string[];
  readonly out: string;
  readonly windowHours: number;
  readonly keepOpen?: boolean;
  readonly dayZero?: number;
  readonly maxPairs: number;
  readonly json?: boolean;
}

/** Adds `join-log`: feature logs and event logs in, feature files for training out. */
export function registerJoinLogCommand(program: Command): void {
  program
    .command('join-log')
    .summary('write training features from the features that gateways served and their feedback')
    .description(
      'Joins the rows of feature logs (PAIRSTREAM_FEATURE_LOG_DIR) with the events of their event logs: embedded ones (--log), or the Kafka topic of PAIRSTREAM_EVENT_LOG=kafka and the settings beside it. Writes features-<day>.arrow, one file per day, as replay does. A row is written if its prediction was shown; its labels are the engagements within the attribution window. The gateways may run. Memory follows the number of sampled pairs with events.',
    )
    .requiredOption('--features <folder...>', 'feature logs of gateways')
    .option(
      '--log <folder...>',
      'state directories of the same gateways, whose event logs kept the events: PAIRSTREAM_EVENT_RETENTION_H (default: the topic of PAIRSTREAM_EVENT_LOG=kafka)',
    )
    .requiredOption('--out <folder>', 'folder for the files; created if it is missing')
    .option(
      '--window-hours <n>',
      'attribution window in hours: an engagement is a label up to this long after its prediction',
      parseCount,
      WINDOW_H,
    )
    .option(
      '--keep-open',
      'also write rows whose window is still open at the newest event; later engagements are then missing',
    )
    .option(
      '--day-zero <date>',
      'day with the number 0, as YYYY-MM-DD in UTC, for day numbers that fit other files (default: the day of the oldest row)',
      parseDate,
    )
    .option(
      '--max-pairs <n>',
      'maximum number of sampled pairs with events in memory, at most 144 bytes each',
      parseCount,
      MAX_PAIRS,
    )
    .option('--json', 'print the summary as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  pairstream join-log --features state/features --log state --out joined/\n  PAIRSTREAM_EVENT_LOG=kafka PAIRSTREAM_KAFKA_BROKERS=kafka-1:9092 PAIRSTREAM_STATE_DIR=state PAIRSTREAM_FEEDBACK_KEYS=1:$KEY pairstream join-log --features features/ --out joined/',
    )
    .action((options: JoinLogOptions) => withInterrupt((signal) => runJoin(options, signal)));
}

async function runJoin(options: JoinLogOptions, signal: AbortSignal): Promise<void> {
  if (options.windowHours < 1)
    throw new PairstreamError('INVALID_CONFIG', '--window-hours is 0, expected 1 or more', {
      field: '--window-hours',
    });
  const paths = listServedFiles(options.features);
  const { vocabularySha256, oneIn } = await readContract(paths);
  const events = new PairEvents(oneIn, options.maxPairs);
  await addEvents(events, options.log, signal);
  makeFolder(options.out);
  const progress = openProgress('join-log', 'rows');
  try {
    const result = await joinLog({
      paths,
      events,
      windowS: options.windowHours * HOUR_S,
      keepsOpen: options.keepOpen ?? false,
      ...(options.dayZero === undefined ? {} : { dayZeroS: options.dayZero }),
      out: options.out,
      vocabularySha256,
      onProgress: (rowCount) => progress.update(rowCount),
      signal,
    });
    report(result, events, options.json ?? false);
  } finally {
    progress.stop();
  }
}

/** Adds the events of embedded logs, or of the Kafka topic of the settings. @throws PairstreamError INVALID_CONFIG without either */
async function addEvents(
  events: PairEvents,
  folders: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (folders !== undefined) {
    for (const folder of folders) for await (const group of readLog(join(folder, 'log'))) events.add(group);
    return;
  }
  const settings = eventLogSettingsOf(loadConfig());
  if (settings.kind === 'embedded')
    throw new PairstreamError(
      'INVALID_CONFIG',
      `--log is missing, expected state directories, or ${SETTINGS.eventLog.variable}=kafka with the settings of the gateways`,
      { field: '--log' },
    );
  const warn = (line: string): void => console.error(`warning: ${line}`);
  await readTopic(settings, (group) => events.add(group), warn, signal);
}

function report(result: JoinResult, { eventCount, pairCount }: PairEvents, isJson: boolean): void {
  if (isJson) {
    console.log(JSON.stringify({ ...result, eventCount, pairCount }));
    return;
  }
  const { rowCount, joinedRowCount, unshownRowCount, openRowCount, dayCount } = result;
  console.log(`${rowCount} rows, ${eventCount} events; ${pairCount} sampled pairs have events`);
  console.log(
    `${joinedRowCount} rows joined into ${dayCount} files; left out: ${unshownRowCount} not shown, ${openRowCount} with an open window`,
  );
}

/** Parses a day as Unix seconds. @throws InvalidArgumentError */
function parseDate(value: string): number {
  const ms = Date.parse(`${value}T00:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value) || !Number.isFinite(ms) || (ms / 1_000) % DAY_S !== 0)
    throw new InvalidArgumentError('expected a day as YYYY-MM-DD, for instance 2026-03-01.');
  return ms / 1_000;
}
