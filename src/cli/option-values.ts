import { InvalidArgumentError } from 'commander';

/** Reads an option that is a whole number of 0 or more. @throws InvalidArgumentError otherwise */
export function parseCount(value: string): number {
  const count = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(count)) {
    throw new InvalidArgumentError('expected a whole number of 0 or more.');
  }
  return count;
}

/** Reads an option that is a number of 0 or more. @throws InvalidArgumentError otherwise */
export function parseAmount(value: string): number {
  const amount = Number(value);
  if (!/^\d+(\.\d+)?$/.test(value) || !Number.isFinite(amount)) {
    throw new InvalidArgumentError('expected a number of 0 or more, for instance 0.5.');
  }
  return amount;
}
