import { status } from '@pairstream/grpc-channel';
import type { PredictInput, PredictOutput } from './predict-input.js';
import { ServerError } from './server-error.js';

const TARGETS = ['reply', 'retweet', 'quote', 'like'] as const;

/** Parts of a request that its answer is compared with. */
export interface AnswerShape {
  readonly pairCount: number;
  /** True if the answer is a ranking instead of four columns: the request has score weights. */
  readonly isRanked: boolean;
  /** True if the answer has a token per pair. */
  readonly hasTokens: boolean;
  /** True if the answer has no columns: the request asks for tokens only. */
  readonly hasNoScores: boolean;
}

/** Shape of the answer to a request. The request need not be valid. */
export function answerShapeOf(input: PredictInput): AnswerShape {
  const { pairs, options } = (input ?? {}) as Partial<PredictInput>;
  return {
    pairCount: pairs?.tweetIndex?.length ?? 0,
    isRanked: options?.scoreWeights !== undefined,
    hasTokens: options?.feedback?.tokens === true || options?.feedback?.tokensOnly === true,
    hasNoScores: options?.feedback?.tokensOnly === true,
  };
}

/**
 * Compares an answer with its request. An answer that was cut on its way, or belongs to another request, would put
 * probabilities beside the wrong pairs.
 * @param name of the request, for the error
 * @throws ServerError INTERNAL for columns of another length than the pairs, or for a pair that the request does not have
 */
export function checkAnswerShape(
  output: PredictOutput,
  { pairCount, isRanked, hasTokens, hasNoScores }: AnswerShape,
  name: string,
): void {
  for (const target of isRanked || hasNoScores ? [] : TARGETS) {
    const { length } = output[target];
    if (length !== pairCount)
      throw wrong(name, `${length} values of ${target}`, `${pairCount}, one per pair`);
  }
  const tokenCount = output.feedbackTokens?.length ?? 0;
  const answeredCount = isRanked ? (output.ranking?.pairIndexes.length ?? 0) : pairCount;
  if (hasTokens && tokenCount !== answeredCount)
    throw wrong(name, `${tokenCount} tokens`, `${answeredCount}, one per answered pair`);
  const named = [
    ...output.rowStatus.map(({ pairIndex }) => pairIndex),
    ...(output.ranking?.pairIndexes ?? []),
  ];
  const unknown = named.find((pairIndex) => pairIndex >= pairCount);
  if (unknown !== undefined) throw wrong(name, `pair ${unknown}`, `pairs below ${pairCount}`);
}

function wrong(name: string, seen: string, expected: string): ServerError {
  const message = `the server answers ${name} with ${seen}, expected ${expected}`;
  return ServerError.ofTransport(status.INTERNAL, message);
}
