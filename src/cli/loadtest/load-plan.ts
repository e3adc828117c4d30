import type { ServerInfo } from '@pairstream/client';
import type { LoadPlan } from '../../loadtest/load-test.js';
import type { ClientSecurity } from '../client-security.js';
import { DEFAULT_DURATION_S, type LoadtestOptions } from './loadtest-options.js';

const MS_PER_S = 1_000;

/** Measurements that the options ask for. @param timesS arrival times of `--replay`, seconds */
export function planOf(
  options: LoadtestOptions,
  gateway: ServerInfo | undefined,
  timesS: Float64Array | undefined,
  security: ClientSecurity,
): LoadPlan {
  const { rate, pairRate, inFlight, replay, arrivals = 'poisson', durationS } = options;
  const rates = rate ?? pairRate ?? [];
  const endless = replay === undefined ? DEFAULT_DURATION_S : Infinity;
  return {
    mix: options.pairs,
    findsBest: options.findBest === true || rates.some(({ unit }) => unit === 'x'),
    common: {
      target: options.target,
      ...security,
      transport: options.transport,
      shares: options.callers,
      streamsPerCaller: options.streams ?? 1,
      timeoutMs: options.timeoutMs,
      warmUpMs: options.warmUpS * MS_PER_S,
      durationMs: (durationS ?? endless) * MS_PER_S,
      drainMs: options.drainS * MS_PER_S,
      maxInFlight: options.maxInFlight,
      seed: options.seed,
      bestRung: gateway?.rungs[0]?.name,
    },
    shapes: [
      ...rates.map((each) => ({ loop: 'open' as const, arrivals, rate: each })),
      ...(inFlight ?? []).map((each) => ({ loop: 'closed' as const, inFlight: each })),
      ...(timesS === undefined
        ? []
        : [
            {
              loop: 'open' as const,
              arrivals: 'replay' as const,
              timesS,
              speed: options.speed ?? 1,
            },
          ]),
    ],
  };
}
