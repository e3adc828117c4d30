import { setTimeout as sleep } from 'node:timers/promises';
import { type PairstreamClient, type PredictInput, ServerError } from '@pairstream/client';
import { quantileOf } from '../measurement.js';
import type { Figure } from '../result.js';

const EVENT_COUNT = 300;
const PAUSE_MS = 5;

/** Times of one event, milliseconds. */
interface EventTimes {
  readonly acknowledgedMs: number;
  /** From the acknowledgement to the arrival of an answer whose features have changed. */
  readonly visibleMs: number;
}

/**
 * Sends one like at a time, and asks for the features of its pair until they change.
 * @param name of the event log, for the figures
 * @param request at the present time
 */
export async function measureVisibility(
  client: PairstreamClient,
  name: string,
  request: PredictInput,
  target: string,
): Promise<Figure[]> {
  const times: EventTimes[] = [];
  for (let i = 0; i <= EVENT_COUNT; i += 1) {
    const one = await timeEvent(client, request);
    // The first event starts the producer.
    if (i > 0) times.push(one);
    await sleep(PAUSE_MS);
  }
  const quantiles = (values: readonly number[]): string =>
    `p50 ${quantileOf(values, 0.5).toFixed(1)} ms, ${EVENT_COUNT} single events`;
  const acknowledged = times.map(({ acknowledgedMs }) => acknowledgedMs);
  const visible = times.map(({ visibleMs }) => visibleMs);
  return [
    {
      name: `${name}: one event, sent to acknowledged, p99`,
      unit: 'ms',
      value: quantileOf(acknowledged, 0.99),
      note: quantiles(acknowledged),
    },
    {
      name: `${name}: acknowledged to visible in features, p99`,
      unit: 'ms',
      value: quantileOf(visible, 0.99),
      target,
      note: `${quantiles(visible)}; with the request that shows the features`,
    },
  ];
}

async function timeEvent(client: PairstreamClient, request: PredictInput): Promise<EventTimes> {
  const pairs = { ...request.pairs, asOfS: [Math.floor(Date.now() / 1_000)] };
  const explained = { ...request, pairs, options: { explain: true, feedback: { tokens: true } } };
  const { explanation: before, feedbackTokens } = await client.predict(explained);
  const token = feedbackTokens?.[0];
  if (before === undefined || token === undefined)
    throw new Error('the answer has no features, or no feedback token');
  const sentMs = performance.now();
  for await (const { output } of client.feedback([{ token: [token], kind: ['LIKE'] }]))
    if (output instanceof ServerError) throw output;
  const acknowledgedMs = performance.now();
  for (;;) {
    const { explanation: after } = await client.predict(explained);
    const isVisible = after?.features.some(({ values }, i) => values[0] !== before.features[i]?.values[0]);
    if (isVisible === true)
      return { acknowledgedMs: acknowledgedMs - sentMs, visibleMs: performance.now() - acknowledgedMs };
  }
}
