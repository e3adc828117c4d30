import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { ServerError } from '@pairstream/client';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { type BadRowPolicy, BadRows, badRowsOption, leftOut } from '../bad-rows.js';
import {
  addClientSecurityOptions,
  type ClientSecurityOptions,
  clientSecurityOf,
} from '../client-security.js';
import { connectGateway, type GatewayConnection, gatewayFailure } from '../gateway-connection.js';
import { withInterrupt } from '../interrupt.js';
import { parseCount } from '../option-values.js';
import { listPartFiles, readPartFiles } from '../part-file-list.js';
import { openProgress } from '../progress.js';
import { EventPace, parseSpeed } from './event-pace.js';
import { feedbackRequests } from './feedback-event.js';
import { FeedbackSender } from './feedback-sender.js';
import { FeedbackTally } from './feedback-tally.js';
import { RefusalRetries } from './refusal-retries.js';
import { RowEvents } from './row-events.js';

const BAD_ROWS_FILE = 'feedback.bad-rows.tsv';
/** Time of refusals with a delay, without a request that is taken between them, after which the command fails. */
const MAX_REFUSAL_MS = 60_000;
const MS_PER_S = 1_000;

interface FeedbackCommandOptions extends ClientSecurityOptions {
  readonly in: string[];
  readonly target?: string;
  readonly speed: number;
  readonly asOf?: number;
  readonly batchSize: number;
  readonly withScores?: boolean;
  readonly badRows: BadRowPolicy;
  readonly json?: boolean;
}

/** Adds `feedback`: labelled part files as feedback to a gateway. */
export function registerFeedbackCommand(program: Command): void {
  addClientSecurityOptions(program.command('feedback'))
    .summary('send labelled part files to a gateway as feedback')
    .description(
      'Sends the impressions and engagements of part files with labels to a gateway, in the order of event time: the impression of a row at the time of its tweet, each engagement at its own time. The gateway counts each event once: a file may be sent again. Rows must be in ascending order of tweet time. Without --target, the command starts a gateway in its own process, on the folder PAIRSTREAM_STATE_DIR.',
    )
    .requiredOption(
      '--in <path...>',
      'part files with labels, folders of part files (part-* without ending or with .csv, .tsv, .txt, gzipped or not), or - for standard input',
    )
    .option('--target <host:port>', 'address of a running gateway (default: a gateway in this process)')
    .option(
      '--speed <factor>',
      'pace of event time: 1x sends every event at its own time after the first event, 60x sends an hour in a minute, max sends without a pause',
      parseSpeed,
      Infinity,
    )
    .option(
      '--as-of <time>',
      'time of the first tweet, Unix seconds or now; all times of the file move with it (default: the times of the file)',
      parseTime,
    )
    .option('--batch-size <n>', 'number of pairs or events per request', parseCount, 1_000)
    .option(
      '--with-scores',
      'also let the gateway score the pairs, which fills its feature log (default: ask for tokens alone)',
    )
    .addOption(badRowsOption(BAD_ROWS_FILE))
    .option('--json', 'print the summary, or the error, as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  pairstream feedback --in examples/part-00020.tsv --target 127.0.0.1:50051\n\nThe exit code is 1 if the gateway refuses rows or events. Duplicates and events that are too old are no refusals.\nIf the command fails or is interrupted, send the same files again: events that were taken count as duplicates.',
    )
    .action((options: FeedbackCommandOptions) => withInterrupt((signal) => runFeedback(options, signal)));
}

/** @returns Unix seconds @throws InvalidArgumentError */
function parseTime(value: string): number {
  if (value === 'now') return Math.floor(Date.now() / MS_PER_S);
  const timeS = Number(value);
  if (/^\d{1,10}$/.test(value) && timeS <= 0xff_ff_ff_ff) return timeS;
  throw new InvalidArgumentError('expected Unix seconds, or now.');
}

async function runFeedback(options: FeedbackCommandOptions, signal: AbortSignal): Promise<void> {
  if (options.batchSize < 1)
    throw new PairstreamError('INVALID_CONFIG', '--batch-size is 0, expected 1 or more', {
      field: '--batch-size',
    });
  const paths = listPartFiles(options.in);
  const badRows = new BadRows(options.badRows, BAD_ROWS_FILE);
  const tally = new FeedbackTally();
  let startedMs: number;
  try {
    await using gateway = await connectGateway(options.target, clientSecurityOf(options));
    startedMs = performance.now();
    await sendFiles(gateway, paths, badRows, options, tally, signal);
    await badRows.close();
  } catch (error) {
    await badRows.abort().catch(() => undefined);
    if (signal.aborted) {
      if (options.json !== true)
        console.error(`the gateway took ${tally.eventCount} events; send the files again to send the rest`);
      throw new PairstreamError('CANCELLED', 'interrupted', { cause: error });
    }
    throw badRows.explain(error);
  }
  report(tally, badRows, (performance.now() - startedMs) / MS_PER_S, options.json ?? false);
  if (tally.refusedCount + tally.failedRowCount > 0) process.exitCode = 1;
}

async function sendFiles(
  { client, address }: GatewayConnection,
  paths: readonly string[],
  badRows: BadRows,
  { speed, asOf: startS, batchSize, withScores = false }: FeedbackCommandOptions,
  tally: FeedbackTally,
  signal: AbortSignal,
): Promise<void> {
  const progress = openProgress('feedback', 'events');
  const retries = new RefusalRetries(MAX_REFUSAL_MS);
  try {
    const { feedback } = await client.getServerInfo({ signal });
    const rows = readPartFiles(paths, { labels: 'required', ...badRows.readOptions });
    const events = new RowEvents({ client, batchSize, startS, withScores, tally, retries, signal }).read(
      rows,
    );
    // A gateway that takes no feedback has no maximum. It refuses the request for tokens with the reason.
    const maxCount = Math.min(batchSize, feedback.maxEventsPerRequest || batchSize);
    const onAnswer = (): void => progress.update(tally.eventCount);
    await new FeedbackSender({ client, tally, retries, signal, onAnswer }).send(
      feedbackRequests(events, maxCount, new EventPace(speed), signal),
    );
  } catch (error) {
    throw error instanceof ServerError ? gatewayFailure(error, address, tally.rowCount) : error;
  } finally {
    progress.stop();
  }
}

function report(tally: FeedbackTally, badRows: BadRows, elapsedS: number, isJson: boolean): void {
  const { rowCount, failedRowCount, eventCount, refusals } = tally;
  const { acceptedCount, duplicateCount, tooOldCount, refusedCount } = tally;
  const eventsPerSecond = Math.round(eventCount / elapsedS);
  if (isJson) {
    const counts = { rowCount, failedRowCount, badRowCount: badRows.count, eventCount };
    const outcomes = { acceptedCount, duplicateCount, tooOldCount, refusedCount };
    console.log(JSON.stringify({ ...counts, ...outcomes, refusals, eventsPerSecond }));
    return;
  }
  if (rowCount === 0) console.log('the input holds no rows: no event was sent');
  else
    console.log(
      `${eventCount} events of ${rowCount} rows in ${elapsedS.toFixed(1)} s (${eventsPerSecond} events/s): ${acceptedCount} accepted, ${duplicateCount} duplicates, ${tooOldCount} too old, ${refusedCount} refused`,
    );
  if (failedRowCount > 0) console.log(`${failedRowCount} rows have no token: none of their events was sent`);
  for (const { reason, count, message } of refusals)
    console.log(`${count} x ${reason}, the first: ${message}`);
  if (badRows.count > 0) console.log(`${leftOut(badRows.count)}: left out, see ${badRows.path}`);
}
