import { existsSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { parseTarget } from '@pairstream/grpc-channel';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { PlannedRate } from '../../loadtest/load-test.js';
import { parseMessageMix, type SizeShare } from '../../loadtest/messages/message-mix.js';
import type { ClientSecurityOptions } from '../client-security.js';
import type { Transport } from '../../loadtest/transport/sender.js';

/** Options of `loadtest` as commander parses them. */
export interface LoadtestOptions extends ClientSecurityOptions {
  readonly target: string;
  readonly rate?: readonly PlannedRate[];
  readonly pairRate?: readonly PlannedRate[];
  readonly inFlight?: readonly number[];
  readonly replay?: string;
  readonly speed?: number;
  readonly findBest?: boolean;
  readonly arrivals?: 'poisson' | 'constant';
  readonly transport: Transport;
  readonly pairs: readonly SizeShare[];
  readonly oneReader?: boolean;
  readonly callers: readonly number[];
  readonly streams?: number;
  readonly timeoutMs?: number;
  readonly warmUpS: number;
  readonly durationS?: number;
  readonly drainS: number;
  readonly maxInFlight: number;
  readonly in?: string[];
  readonly rows: number;
  readonly seed: number;
  readonly json?: string | true;
  readonly html?: string;
}

/** Part file that messages are made of by default, in the package. */
export const EXAMPLE = 'examples/part-00020.tsv';
/** Counted time of a measurement by default, seconds. */
export const DEFAULT_DURATION_S = 10;
/** Largest number of callers, and of streams per caller. */
const MAX_CALLERS = 1_000;
const NUMBER = /^\d+(\.\d+)?$/;
const MAX_SEED = 2 ** 32 - 1;

/** Parses `--rate`: rates in messages per second, or multiples of the best rate, as in `50,100` or `0.5x,2x`. @throws InvalidArgumentError */
export function parseRates(value: string): PlannedRate[] {
  return parseList(
    value,
    'expected messages per second, or multiples of the best rate, more than 0 each: 50 or 20,50,100 or 0.5x,1x.',
    (part) => {
      const isMultiple = part.endsWith('x');
      const text = isMultiple ? part.slice(0, -1) : part;
      return NUMBER.test(text) && Number(text) > 0
        ? { unit: isMultiple ? 'x' : 'messages/s', value: Number(text) }
        : undefined;
    },
  );
}

/** Parses `--pair-rate`: rates in pairs per second. @throws InvalidArgumentError */
export function parsePairRates(value: string): PlannedRate[] {
  return parseList(value, 'expected pairs per second, more than 0 each: 5000 or 2000,5000.', (part) =>
    NUMBER.test(part) && Number(part) > 0 ? { unit: 'pairs/s', value: Number(part) } : undefined,
  );
}

/** Parses `--in-flight`. @throws InvalidArgumentError */
export function parseInFlight(value: string): number[] {
  return parseList(value, 'expected numbers of messages, 1 to 100000 each: 16 or 1,4,16.', (part) =>
    /^\d+$/.test(part) && Number(part) >= 1 && Number(part) <= 100_000 ? Number(part) : undefined,
  );
}

/** Parses `--callers`: a number of callers, or their shares. @returns a share per caller @throws InvalidArgumentError */
export function parseCallers(value: string): number[] {
  const problem = `expected a number of callers from 1 to ${MAX_CALLERS}, or the shares of two callers or more: 4 or 0.7,0.2,0.1.`;
  const shares = parseList(value, problem, (part) =>
    NUMBER.test(part) && Number(part) > 0 ? Number(part) : undefined,
  );
  const [count = 0] = shares;
  if (shares.length > MAX_CALLERS) throw new InvalidArgumentError(problem);
  if (shares.length > 1) return shares;
  if (!Number.isInteger(count) || count > MAX_CALLERS) throw new InvalidArgumentError(problem);
  return Array.from({ length: count }, () => 1);
}

/** Parses `--pairs`. @throws InvalidArgumentError */
export function parsePairs(value: string): SizeShare[] {
  const mix = parseMessageMix(value);
  if (mix !== undefined) return mix;
  throw new InvalidArgumentError(
    'expected pairs per message, 1 or more, or different sizes with positive shares: 100 or 10:0.5,100:0.4,1000:0.1.',
  );
}

/** Parses a whole number of 1 or more. @throws InvalidArgumentError */
export function parsePositive(value: string): number {
  const count = Number(value);
  if (/^\d+$/.test(value) && Number.isSafeInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError('expected a whole number of 1 or more.');
}

/** Parses a number of more than 0. @throws InvalidArgumentError */
export function parsePositiveAmount(value: string): number {
  const amount = Number(value);
  if (NUMBER.test(value) && amount > 0 && Number.isFinite(amount)) return amount;
  throw new InvalidArgumentError('expected a number of more than 0, for instance 0.5.');
}

/** Parses `--seed`. @throws InvalidArgumentError */
export function parseSeed(value: string): number {
  if (/^\d+$/.test(value) && Number(value) <= MAX_SEED) return Number(value);
  throw new InvalidArgumentError(`expected a whole number from 0 to ${MAX_SEED}.`);
}

function parseList<T>(value: string, problem: string, parse: (part: string) => T | undefined): T[] {
  return value.split(',').map((text) => {
    const part = parse(text.trim());
    if (part === undefined) throw new InvalidArgumentError(problem);
    return part;
  });
}

/**
 * Checks options that depend on one another.
 * @throws PairstreamError INVALID_CONFIG with the option, its value and what is accepted
 */
export function checkOptions(options: LoadtestOptions): void {
  const { target, rate, pairRate, inFlight, replay, findBest, json, html } = options;
  if (parseTarget(target) === undefined)
    throw wrong(
      '--target',
      `--target is ${JSON.stringify(target)}, expected host:port, for instance 127.0.0.1:50051`,
    );
  const loads = { '--rate': rate, '--pair-rate': pairRate, '--in-flight': inFlight, '--replay': replay };
  const given = Object.entries(loads).flatMap(([option, value]) => (value === undefined ? [] : [option]));
  const [first, second] = given;
  if (second !== undefined) throw wrong(second, `${second} with ${first}, expected one of them`);
  if (first === undefined && findBest !== true)
    throw wrong(
      '--rate',
      'no load is given, expected --rate, --pair-rate, --in-flight, --replay or --find-best',
    );
  expectWith(options.speed, '--speed', replay, '--replay');
  if (options.speed === Infinity)
    throw wrong('--speed', '--speed is max, expected a factor such as 60x: arrivals need times of their own');
  expectWith(options.arrivals, '--arrivals', rate ?? pairRate, '--rate or --pair-rate');
  if (options.streams !== undefined && options.transport !== 'stream')
    throw wrong(
      '--streams',
      `--streams ${options.streams} with --transport unary, expected --transport stream`,
    );
  if ((options.streams ?? 1) > MAX_CALLERS)
    throw wrong('--streams', `--streams is ${options.streams}, expected 1 to ${MAX_CALLERS}`);
  if (replay !== undefined && !existsSync(replay))
    throw wrong(
      '--replay',
      `--replay ${replay}: no such file, expected a file of times in seconds or a part file`,
    );
  if (json !== undefined && json === html)
    throw wrong('--html', `--html and --json both name ${html}, expected two files`);
}

function expectWith(
  value: string | number | undefined,
  option: string,
  other: unknown,
  otherOption: string,
): void {
  if (value === undefined || other !== undefined) return;
  throw wrong(option, `${option} ${value} without ${otherOption}, expected both`);
}

/** A wrong option. @param message names the option, its value and what is accepted */
export function wrong(field: string, message: string): PairstreamError {
  return new PairstreamError('INVALID_CONFIG', message, { field });
}
