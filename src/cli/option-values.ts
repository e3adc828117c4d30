import { InvalidArgumentError } from 'commander';

/** Reads an option that is a whole number of 0 or more. @throws InvalidArgumentError otherwise */
export function parseCount(value: string): number {
  const count = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(count)) {
    throw new InvalidArgumentError('expected a whole number of 0 or more.');
  }
  return count;
}
