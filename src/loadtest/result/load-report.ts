import { z } from 'zod';
import { stepResultSchema } from './step-result.js';

/** Report of a load test, as `--json` writes it. A change that breaks readers raises `formatVersion`. */
export const loadReportSchema = z.object({
  formatVersion: z.literal(1),
  /** ISO 8601. */
  startedAt: z.iso.datetime(),
  target: z.string(),
  /** Null if the gateway has no GetServerInfo. */
  gateway: z
    .object({
      serverVersion: z.string(),
      releaseId: z.string(),
      pipeline: z.string(),
      rungs: z.array(z.string()),
    })
    .nullable(),
  settings: z.object({
    transport: z.enum(['unary', 'stream']),
    mix: z.array(z.object({ pairCount: z.number().int(), share: z.number() })),
    oneReader: z.boolean(),
    callerShares: z.array(z.number()),
    streamsPerCaller: z.number().int(),
    timeoutMs: z.number().nullable(),
    seed: z.number().int(),
  }),
  /** Best rate of closed loops; null if it was not measured. */
  best: z.object({ inFlight: z.number().int(), messagesPerS: z.number(), pairsPerS: z.number() }).nullable(),
  steps: z.array(stepResultSchema),
});

/** Report of a load test. */
export type LoadReport = z.infer<typeof loadReportSchema>;
