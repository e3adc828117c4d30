import type { ServerInfo } from '@pairstream/client';
import type { LoadTestResult } from '../../loadtest/load-test.js';
import type { LoadReport } from '../../loadtest/result/load-report.js';
import type { LoadtestOptions } from './loadtest-options.js';

/** Report of a load test. @param startedAt ISO 8601 @param gateway undefined if the gateway has no GetServerInfo */
export function reportOf(
  options: LoadtestOptions,
  startedAt: string,
  gateway: ServerInfo | undefined,
  { best, steps }: LoadTestResult,
): LoadReport {
  const { target, transport, pairs, oneReader, callers, streams, timeoutMs, seed } = options;
  const described =
    gateway === undefined
      ? null
      : {
          serverVersion: gateway.serverVersion,
          releaseId: gateway.releaseId,
          pipeline: gateway.pipeline,
          rungs: gateway.rungs.map(({ name }) => name),
        };
  return {
    formatVersion: 1,
    startedAt,
    target,
    gateway: described,
    settings: {
      transport,
      mix: [...pairs],
      oneReader: oneReader === true,
      callerShares: [...callers],
      streamsPerCaller: streams ?? 1,
      timeoutMs: timeoutMs ?? null,
      seed,
    },
    best: best ?? null,
    steps: [...steps],
  };
}
