import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createProgram } from '../../src/cli/program.js';
import { EXAMPLE_FILE } from '../support/gateway/test-gateway.js';

const folder = mkdtempSync(join(tmpdir(), 'loadtest-options-'));
const empty = join(folder, 'empty.tsv');
writeFileSync(empty, '');
afterAll(() => rmSync(folder, { recursive: true }));

/** The error of a command line. Commander also prints its own errors. */
async function errorOf(...args: readonly string[]): Promise<unknown> {
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const program = await createProgram('0', ['loadtest']);
    await program.parseAsync(['loadtest', ...args], { from: 'user' });
    return undefined;
  } catch (error) {
    return error;
  } finally {
    stderr.mockRestore();
  }
}

describe('pairstream loadtest refuses', () => {
  it.each<[string[], RegExp]>([
    [[], /no load is given, expected --rate, --pair-rate, --in-flight, --replay or --find-best/],
    [['--rate', '0'], /'--rate <list>' argument '0' is invalid. expected messages per second/],
    [['--rate', '50,,60'], /'--rate <list>' argument '50,,60' is invalid/],
    [['--rate', 'fast'], /'--rate <list>' argument 'fast' is invalid/],
    [['--pair-rate', '-1'], /'--pair-rate <list>' argument '-1' is invalid. expected pairs per second/],
    [['--pair-rate', '2x'], /'--pair-rate <list>' argument '2x' is invalid/],
    [
      ['--in-flight', '0'],
      /'--in-flight <list>' argument '0' is invalid. expected numbers of messages, 1 to 100000/,
    ],
    [['--rate', '1', '--in-flight', '1'], /--in-flight with --rate, expected one of them/],
    [['--pair-rate', '1', '--replay', 'x'], /--replay with --pair-rate, expected one of them/],
    [['--rate', '1', '--speed', '2x'], /--speed 2 without --replay, expected both/],
    [['--replay', EXAMPLE_FILE, '--speed', 'max'], /--speed is max, expected a factor such as 60x/],
    [['--replay', EXAMPLE_FILE, '--speed', 'fast'], /'--speed <factor>' argument 'fast' is invalid/],
    [['--replay', join(folder, 'none')], /--replay .*none: no such file, expected a file of times/],
    [
      ['--in-flight', '1', '--arrivals', 'constant'],
      /--arrivals constant without --rate or --pair-rate, expected both/,
    ],
    [
      ['--rate', '1', '--arrivals', 'never'],
      /'--arrivals <kind>' argument 'never' is invalid. Allowed choices are poisson, constant/,
    ],
    [['--rate', '1', '--transport', 'udp'], /Allowed choices are unary, stream/],
    [['--rate', '1', '--streams', '2'], /--streams 2 with --transport unary, expected --transport stream/],
    [
      ['--rate', '1', '--transport', 'stream', '--streams', '0'],
      /argument '0' is invalid. expected a whole number of 1 or more/,
    ],
    [['--rate', '1', '--transport', 'stream', '--streams', '5000'], /--streams is 5000, expected 1 to 1000/],
    [['--rate', '1', '--pairs', '0'], /'--pairs <mix>' argument '0' is invalid. expected pairs per message/],
    [['--rate', '1', '--pairs', '10:1,10:2'], /'--pairs <mix>' argument '10:1,10:2' is invalid/],
    [
      ['--rate', '1', '--callers', '0'],
      /'--callers <n>' argument '0' is invalid. expected a number of callers/,
    ],
    [['--rate', '1', '--callers', '0.5'], /'--callers <n>' argument '0.5' is invalid/],
    [['--rate', '1', '--callers', '1,0'], /'--callers <n>' argument '1,0' is invalid/],
    [
      ['--rate', '1', '--timeout-ms', '0'],
      /'--timeout-ms <ms>' argument '0' is invalid. expected a number of more than 0/,
    ],
    [['--rate', '1', '--duration-s', '-1'], /'--duration-s <s>' argument '-1' is invalid/],
    [
      ['--rate', '1', '--warm-up-s', 'x'],
      /'--warm-up-s <s>' argument 'x' is invalid. expected a number of 0 or more/,
    ],
    [
      ['--rate', '1', '--seed', '4294967296'],
      /'--seed <n>' argument '4294967296' is invalid. expected a whole number from 0/,
    ],
    [['--rate', '1', '--target', 'nowhere'], /--target is "nowhere", expected host:port/],
    [['--rate', '1', '--in', join(folder, 'none.tsv')], /none.tsv: no such file or folder/],
    [['--rate', '1', '--in', empty], /--in .*empty.tsv has no rows, expected at least one/],
    [['--rate', '1', '--json', join(folder, 'no/r.json')], /no\/r.json: cannot be written/],
    [['--rate', '1', '--json', 'r', '--html', 'r'], /--html and --json both name r, expected two files/],
  ])('%j', async (args, message) => {
    const error = await errorOf(...args);
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
    expect((error as Error).message.trim()).not.toContain('\n');
  });
});
