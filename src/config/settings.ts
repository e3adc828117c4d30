import { z } from 'zod';

/** One setting: the environment variable that holds it, and what it is. docs/reference/config.md is made of these. */
export interface Setting<T = unknown> {
  readonly variable: string;
  readonly schema: z.ZodType<T, string>;
  readonly defaultText: string;
  /** What it is, with its unit, and what is accepted. */
  readonly meaning: string;
}

function integer(
  variable: string,
  fallback: number,
  [min, max]: readonly [number, number],
  meaning: string,
): Setting<number> {
  const expected = `expected a whole number from ${min} to ${max}`;
  const schema = z
    .string()
    .regex(/^\d+$/, expected)
    .transform(Number)
    .refine((value) => value >= min && value <= max, expected);
  return { variable, schema, defaultText: String(fallback), meaning: `${meaning} (${min} to ${max})` };
}

function text(variable: string, fallback: string, meaning: string): Setting<string> {
  return { variable, schema: z.string().min(1, 'expected some text'), defaultText: fallback, meaning };
}

const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
const PORTS = [0, 65_535] as const;

/** Every setting of a gateway. */
export const SETTINGS = {
  host: text('PAIRSTREAM_HOST', '127.0.0.1', 'Address both ports listen on; 0.0.0.0 for all interfaces'),
  grpcPort: integer('PAIRSTREAM_GRPC_PORT', 50_051, PORTS, 'Port of the gRPC services; 0 takes a free one'),
  adminPort: integer(
    'PAIRSTREAM_ADMIN_PORT',
    8_080,
    PORTS,
    'Port of /healthz, /readyz and /metrics; 0 takes a free one',
  ),
  pipeline: text(
    'PAIRSTREAM_PIPELINE',
    'pipelines/recsys2021.yaml',
    'Pipeline file to serve; relative to the package',
  ),
  maxPairsPerMessage: integer(
    'PAIRSTREAM_MAX_PAIRS_PER_MESSAGE',
    100_000,
    [1, 1_000_000],
    'Most pairs of one message; more are refused with MESSAGE_TOO_LARGE',
  ),
  maxMessageBytes: integer(
    'PAIRSTREAM_MAX_MESSAGE_BYTES',
    67_108_864,
    [1_024, 1_073_741_824],
    'Largest message in bytes, either way; a larger one ends its call',
  ),
  maxInFlightPairs: integer(
    'PAIRSTREAM_MAX_IN_FLIGHT_PAIRS',
    200_000,
    [1, 10_000_000],
    'Most pairs taken in and not answered yet, of all callers; more are refused with BUSY',
  ),
  maxMessagesPerStream: integer(
    'PAIRSTREAM_MAX_MESSAGES_PER_STREAM',
    64,
    [1, 10_000],
    'Most messages of one stream that are read and not answered yet; then the stream is not read on',
  ),
  maxStreamsPerConnection: integer(
    'PAIRSTREAM_MAX_STREAMS_PER_CONNECTION',
    10_000,
    [1, 1_000_000],
    'Most calls of one connection at a time; a caller waits with more',
  ),
  maxBatchRows: integer('PAIRSTREAM_MAX_BATCH_ROWS', 1_024, [1, 65_536], 'Rows of a full batch'),
  maxBatchDelayUs: integer(
    'PAIRSTREAM_MAX_BATCH_DELAY_US',
    2_000,
    [0, 1_000_000],
    'Microseconds a row waits for company while a batch is running',
  ),
  towerCacheMb: integer(
    'PAIRSTREAM_TOWER_CACHE_MB',
    64,
    [0, 16_384],
    'Memory for what the nets make of tweets, MiB: a tweet seen again is not computed again; 0 keeps nothing',
  ),
  drainTimeoutMs: integer(
    'PAIRSTREAM_DRAIN_TIMEOUT_MS',
    10_000,
    [0, 600_000],
    'Milliseconds that messages in flight have at shutdown',
  ),
  onnxThreads: integer(
    'PAIRSTREAM_ONNX_THREADS',
    0,
    [0, 1_024],
    'Threads of one model run; 0 is one per core',
  ),
  logLevel: {
    variable: 'PAIRSTREAM_LOG_LEVEL',
    schema: z.enum(LOG_LEVELS, `expected one of ${LOG_LEVELS.join(', ')}`),
    defaultText: 'info',
    meaning: `Least severe log line that is written: ${LOG_LEVELS.join(', ')}`,
  } satisfies Setting<(typeof LOG_LEVELS)[number]>,
} as const;
