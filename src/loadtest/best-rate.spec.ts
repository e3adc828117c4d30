import { describe, expect, it } from 'vitest';
import { findBestRate } from './best-rate.js';
import type { StepResult } from './result/step-result.js';

describe('findBestRate', () => {
  it.each<[string, number, number[], number, number[]]>([
    ['ends when the rate no longer rises', 1, [100, 190, 195, 900], 4, [1, 2, 4]],
    ['keeps the best one when the rate falls', 1, [100, 200, 50], 2, [1, 2, 4]],
    ['starts with one message per caller', 3, [100, 10], 3, [3, 6]],
    ['ends at 256 in flight', 1, [1, 2, 4, 8, 16, 32, 64, 128, 256], 256, [1, 2, 4, 8, 16, 32, 64, 128, 256]],
    ['ends with a gateway that answers nothing', 1, [0, 0], 1, [1]],
  ])('%s', async (_name, least, rates, best, tried) => {
    const seen: number[] = [];
    const found = await findBestRate(least, (inFlight) => {
      seen.push(inFlight);
      const messagesPerS = rates[seen.length - 1]!;
      return Promise.resolve({ goodput: { messagesPerS, pairsPerS: 10 * messagesPerS } } as StepResult);
    });
    expect(seen).toEqual(tried);
    expect(found.inFlight).toBe(best);
  });
});
