import type { FeedbackInput, FeedbackOutput, PairstreamClient, PredictOutput } from '@pairstream/client';
import { ServerError } from '@pairstream/client';
import type { Config } from '../../../src/config/config.js';
import { NullBackend } from '../../../src/offline/bench/load/null-backend.js';
import { nullModels } from '../../../src/offline/bench/load/null-models.js';
import type { PartRow } from '../../../src/pairs/part-row.js';
import { SHIPPED_PIPELINE, startTestGateway, type TestGateway } from '../gateway/test-gateway.js';
import { requestOf } from '../requests/example-rows.js';

/** Starts a gateway in this process that learns from feedback and whose models answer at once. */
export function startLearningGateway(stateDir: string, config: Partial<Config> = {}): Promise<TestGateway> {
  return startTestGateway(
    { stateDir, ...config },
    { backend: new NullBackend(nullModels(SHIPPED_PIPELINE)), checksGoldenRows: false },
  );
}

/** A token for each row. */
export async function tokensOf(client: PairstreamClient, rows: readonly PartRow[]): Promise<Uint8Array[]> {
  const { feedbackTokens = [] } = await client.predict({
    ...requestOf(rows),
    options: { feedback: { tokensOnly: true } },
  });
  return [...feedbackTokens];
}

/** An event of each pair. @param timeS default: the time of each row's tweet */
export function eventsOf(
  tokens: readonly Uint8Array[],
  rows: readonly PartRow[],
  kind: FeedbackInput['kind'][number] = 'IMPRESSION',
): FeedbackInput {
  return { token: tokens, kind: [kind], timeS: rows.map(({ tweetCreatedAtS }) => tweetCreatedAtS) };
}

/** Sends requests and returns their answers in order. @throws ServerError of the first refused request */
export async function sendFeedback(
  client: PairstreamClient,
  ...requests: readonly FeedbackInput[]
): Promise<FeedbackOutput[]> {
  const answers = await Array.fromAsync(client.feedback(requests));
  return answers
    .toSorted((a, b) => a.index - b.index)
    .map(({ output }) => {
      if (output instanceof ServerError) throw output;
      return output;
    });
}

/** Features of the rows by name, at a time after all of them. */
export async function featuresOf(
  client: PairstreamClient,
  rows: readonly PartRow[],
  asOfS: number,
): Promise<Map<string, number[]>> {
  const input = requestOf(rows);
  const { explanation }: PredictOutput = await client.predict({
    ...input,
    pairs: { ...input.pairs, asOfS: [asOfS] },
    options: { explain: true },
  });
  return new Map(explanation?.features.map(({ name, values }) => [name, [...values]]));
}

/** Names of features with other values. */
export function changedFeatures(
  before: ReadonlyMap<string, readonly number[]>,
  after: ReadonlyMap<string, readonly number[]>,
): string[] {
  return [...before]
    .filter(([name, values]) => values.some((value, i) => !Object.is(value, after.get(name)?.[i])))
    .map(([name]) => name);
}
