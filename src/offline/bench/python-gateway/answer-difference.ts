import type { PairstreamClient, PredictInput } from '@pairstream/client';
import { TARGETS } from '../../../pairs/targets.js';

/**
 * Sends the same requests to two gateways.
 * @returns largest difference of a probability; infinity if one of the two answers is NaN or missing
 */
export async function answerDifference(
  ours: PairstreamClient,
  theirs: PairstreamClient,
  requests: readonly PredictInput[],
): Promise<number> {
  let largest = 0;
  for (const request of requests) {
    const [left, right] = await Promise.all([ours.predict(request), theirs.predict(request)]);
    for (const target of TARGETS) {
      for (let pair = 0; pair < request.pairs.tweetIndex.length; pair += 1) {
        const difference = Math.abs(
          (left[target]?.[pair] ?? Number.NaN) - (right[target]?.[pair] ?? Number.NaN),
        );
        largest = Math.max(largest, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
      }
    }
  }
  return largest;
}
