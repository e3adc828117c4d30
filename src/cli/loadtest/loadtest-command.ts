import { type Command, Option } from 'commander';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { readArrivalTimes } from '../../loadtest/arrivals/arrival-file.js';
import { type LoadPlan, type LoadTestResult, runLoadTest } from '../../loadtest/load-test.js';
import { MessagePool } from '../../loadtest/messages/message-pool.js';
import { PreciseClock } from '../../loadtest/precise-clock.js';
import { addClientSecurityOptions, clientSecurityOf } from '../client-security.js';
import { parseSpeed } from '../feedback/event-pace.js';
import { withInterrupt } from '../interrupt.js';
import { parseAmount } from '../option-values.js';
import { planOf } from './load-plan.js';
import { reportOf } from './load-report.js';
import { describeGateway, readRows } from './load-source.js';
import { LiveView } from './live-view.js';
import {
  checkOptions,
  DEFAULT_DURATION_S,
  EXAMPLE,
  type LoadtestOptions,
  parseCallers,
  parseInFlight,
  parsePairRates,
  parsePairs,
  parsePositive,
  parsePositiveAmount,
  parseRates,
  parseSeed,
} from './loadtest-options.js';
import { ResultFiles } from './result-files.js';
import { reportLines } from './result-text.js';

const EXAMPLES = `
Examples:
  pairstream loadtest --rate 50 --timeout-ms 100
  pairstream loadtest --pair-rate 1000,2000,4000 --transport stream --json result.json --html result.html
  pairstream loadtest --rate 0.5x,1x,2x --pairs 10:0.5,100:0.4,1000:0.1 --callers 0.7,0.2,0.1
  pairstream loadtest --replay examples/part-00020.tsv --speed 1000x --pairs 1

An open loop (--rate, --pair-rate, --replay) sends at the arrival times, no matter how many messages are unanswered. Latency counts from the arrival time. A closed loop (--in-flight, --find-best) sends the next message when an answer comes.
Messages that are refused are counted by gRPC status and reason. Lost messages had no response at all.`;

/** Adds `loadtest`: sends load to a gateway and measures it. */
export function registerLoadtestCommand(program: Command): void {
  addClientSecurityOptions(program.command('loadtest'))
    .summary('measure a running gateway under load')
    .description(
      'Sends load to a running gateway, in an open or a closed loop, and prints goodput, latency percentiles, refusals by reason, degraded answers, lost and doubled responses, and the cost of the load test itself.',
    )
    .option('--target <host:port>', 'address of the gateway', '127.0.0.1:50051')
    .option(
      '--rate <list>',
      'open loop: messages per second, one run each (20,50,100), or multiples of the best rate (0.5x,1x)',
      parseRates,
    )
    .option('--pair-rate <list>', 'open loop: pairs per second, one run each', parsePairRates)
    .addOption(
      new Option('--arrivals <kind>', 'open loop: arrival times (default: poisson)').choices([
        'poisson',
        'constant',
      ]),
    )
    .option(
      '--replay <file>',
      'open loop: recorded arrival times, a file of seconds, one a line, or a part file, whose rows arrive at their tweet times',
    )
    .option(
      '--speed <factor>',
      'with --replay: seconds of recorded time per second (default: 1x)',
      parseSpeed,
    )
    .option('--in-flight <list>', 'closed loop: messages in flight, one run each', parseInFlight)
    .option(
      '--find-best',
      'closed loops with 1, 2, 4, ... messages in flight, until the rate no longer rises',
    )
    .addOption(
      new Option('--transport <kind>', 'a Predict call per message, or PredictStream')
        .choices(['unary', 'stream'])
        .default('unary'),
    )
    .addOption(
      new Option('--pairs <mix>', 'pairs per message, or sizes with shares (10:0.5,100:0.5)')
        .argParser(parsePairs)
        .default(parsePairs('100'), '100'),
    )
    .option('--one-reader', 'the pairs of a message have one reader, as in a ranking')
    .addOption(
      new Option('--callers <n>', 'callers, each with its own connection, or the share of each (0.7,0.2,0.1)')
        .argParser(parseCallers)
        .default([1], '1'),
    )
    .option('--streams <n>', 'with --transport stream: streams per caller (default: 1)', parsePositive)
    .option(
      '--timeout-ms <ms>',
      'deadline of a message after its arrival time (default: none)',
      parsePositiveAmount,
    )
    .option('--warm-up-s <s>', 'seconds of load before each run counts', parseAmount, 2)
    .option(
      '--duration-s <s>',
      `counted seconds of each run (default: ${DEFAULT_DURATION_S}; with --replay until the times end)`,
      parsePositiveAmount,
    )
    .option('--drain-s <s>', 'wait for responses after the last deadline; then they are lost', parseAmount, 5)
    .option(
      '--max-in-flight <n>',
      'open loop: messages in flight above which no more are sent',
      parsePositive,
      10_000,
    )
    .option('--in <path...>', `part files with the pairs to send (default: ${EXAMPLE})`)
    .option('--rows <n>', 'rows to take from them', parsePositive, 12_000)
    .option('--seed <n>', 'seed of arrival times, sizes and callers', parseSeed, 1)
    .option(
      '--json [file]',
      'write the result as JSON; without a file to standard output, in place of the table',
    )
    .option('--html <file>', 'write a page with charts of latency by percentile and of goodput')
    .addHelpText('after', EXAMPLES)
    .action((options: LoadtestOptions) => withInterrupt((signal) => runCommand(options, signal)));
}

async function runCommand(options: LoadtestOptions, signal: AbortSignal): Promise<void> {
  checkOptions(options);
  const security = clientSecurityOf(options);
  const startedAt = new Date().toISOString();
  const rows = await readRows(options);
  const timesS = options.replay === undefined ? undefined : await readArrivalTimes(options.replay);
  const files = await ResultFiles.open(options.json, options.html);
  try {
    const gateway = await describeGateway(options, security);
    const pool = MessagePool.of(rows, options.pairs, options.oneReader);
    const result = await measure(options, planOf(options, gateway, timesS, security), pool, signal);
    const report = reportOf(options, startedAt, gateway, result);
    if (options.json === true) console.log(JSON.stringify(report));
    else console.log(reportLines(report).join('\n'));
    await files.write(report);
  } catch (error) {
    await files.discard();
    if (signal.aborted) throw new PairstreamError('CANCELLED', 'interrupted', { cause: error });
    throw error;
  }
}

async function measure(
  options: LoadtestOptions,
  plan: LoadPlan,
  pool: MessagePool,
  signal: AbortSignal,
): Promise<LoadTestResult> {
  using clock = await PreciseClock.start();
  using view = new LiveView(options.json === true);
  return await runLoadTest(plan, { pool, clock, signal, onStart: (run) => view.show(run) });
}
