import { z } from 'zod';

const count = z.number().int().nonnegative();
const amount = z.number().nonnegative();
const pair = z.object({ messages: count, pairs: count });
const ratePair = z.object({ messagesPerS: amount, pairsPerS: amount });

/** Times in milliseconds. `curve` has the whole distribution by percentile. */
const distributionSchema = z.object({
  count,
  min: amount,
  mean: amount,
  p50: amount,
  p75: amount,
  p90: amount,
  p95: amount,
  p99: amount,
  p99_9: amount,
  max: amount,
  curve: z.array(z.object({ percent: z.number().min(0).max(100), ms: amount })),
});

const groupSchema = z.object({
  sent: count,
  inTime: count,
  refused: count,
  lost: count,
  /** Milliseconds; null without answers. */
  p50Ms: amount.nullable(),
  p99Ms: amount.nullable(),
});

/** Result of one measurement of a load test. Counts exclude the warm-up, except `doubled`. */
export const stepResultSchema = z.object({
  name: z.string(),
  loop: z.enum(['open', 'closed']),
  transport: z.enum(['unary', 'stream']),
  /** Null for a closed loop. */
  arrivals: z.enum(['poisson', 'constant', 'replay']).nullable(),
  /** Requested rate; null for a closed loop and replayed arrivals. */
  targetMessagesPerS: amount.nullable(),
  /** Messages in flight of a closed loop; null for an open loop. */
  inFlight: count.nullable(),
  /** Null: no deadline. */
  timeoutMs: amount.nullable(),
  /** Time that the counts cover. */
  elapsedS: amount,
  /** Messages that arrived, sent or not. */
  arrived: pair,
  offered: ratePair,
  /** Answered before the deadline. Failed pairs are not counted. */
  inTime: pair,
  goodput: ratePair,
  /** Answered after the deadline. */
  late: pair,
  /** Pairs of answers without probabilities. */
  failedPairs: count,
  /** Messages that ended with an error, by gRPC status and reason of the error details. */
  refused: z.array(z.object({ status: z.string(), reason: z.string().nullable(), messages: count })),
  /** Messages without any response, by problem. */
  lost: count,
  lostProblems: z.array(z.object({ problem: z.string(), messages: count })),
  /** Responses to messages that had a response, or that were never sent. */
  doubled: count,
  /** Messages that the load test did not send because too many were in flight. */
  unsent: count,
  /** Answers by rung of the ladder. */
  rungs: z.array(z.object({ rung: z.string(), isDegraded: z.boolean(), messages: count, pairs: count })),
  /** From the intended send time (closed loop: the send) to the answer. */
  latencyMs: distributionSchema.nullable(),
  /** From the intended send time to the error. */
  refusalMs: distributionSchema.nullable(),
  bySize: z.array(groupSchema.extend({ pairsPerMessage: count })),
  byCaller: z.array(groupSchema.extend({ caller: count, share: amount })),
  tool: z.object({
    cpuUsPerMessage: amount,
    /** Share of the time in which the event loop of the load test was busy, 0 to 1. */
    eventLoopUtilization: z.number().min(0).max(1),
    /** From the intended to the actual send; null for a closed loop. */
    sendLagMs: distributionSchema.nullable(),
    /** Why the load test itself, and not the gateway, limited the measurement; null if it did not. */
    bottleneck: z.string().nullable(),
  }),
});

/** Result of one measurement of a load test. */
export type StepResult = z.infer<typeof stepResultSchema>;
/** Distribution of times, milliseconds. */
export type Distribution = z.infer<typeof distributionSchema>;
/** Counts of the messages of one size or of one caller. */
export type GroupResult = z.infer<typeof groupSchema>;
