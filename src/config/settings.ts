import { z } from 'zod';
import { parseListenHost } from './listen-host.js';
import { parseServerAddresses, type ServerAddress } from './server-address.js';

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

function optionalText(variable: string, meaning: string): Setting<string> {
  return { variable, schema: z.string(), defaultText: '', meaning };
}

function choice<const T extends string>(
  variable: string,
  [fallback, ...others]: readonly [T, ...T[]],
  meaning: string,
): Setting<T> {
  const values = [fallback, ...others];
  return {
    variable,
    schema: z.enum(values, `expected one of ${values.join(', ')}`),
    defaultText: fallback,
    meaning: `${meaning}: ${values.join(', ')}`,
  };
}

const HEADERS = /^([a-z0-9_.-]+=[^,]*(,[a-z0-9_.-]+=[^,]*)*)?$/;

function headerOf(text: string): [string, string][] {
  const at = text.indexOf('=');
  return at < 0 ? [] : [[text.slice(0, at), text.slice(at + 1)]];
}

/** The default first. */
const LOG_LEVELS = ['info', 'silent', 'error', 'warn', 'debug'] as const;
const PORTS = [0, 65_535] as const;

/** Every setting of a gateway. */
export const SETTINGS = {
  host: {
    variable: 'PAIRSTREAM_HOST',
    schema: z.string().transform((value, context) => {
      const host = parseListenHost(value);
      if (host !== undefined) return host;
      context.addIssue('expected an IPv4 address, an IPv6 address or a host name, without scheme and port');
      return z.NEVER;
    }),
    defaultText: '127.0.0.1',
    meaning:
      'Address both ports listen on: IPv4, IPv6 (brackets optional) or a host name; 0.0.0.0 for all IPv4 interfaces, :: for all of IPv4 and IPv6',
  } satisfies Setting<string>,
  grpcPort: integer('PAIRSTREAM_GRPC_PORT', 50_051, PORTS, 'Port of the gRPC services; 0 takes a free one'),
  adminPort: integer(
    'PAIRSTREAM_ADMIN_PORT',
    8_080,
    PORTS,
    'Port of /healthz, /readyz, /backend and /metrics; 0 takes a free one',
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
  maxBufferedMessageBytes: integer(
    'PAIRSTREAM_MAX_BUFFERED_MESSAGE_BYTES',
    0,
    [0, 17_179_869_184],
    'Bytes of received messages in memory, packed and unpacked, over all calls; more are refused with BUSY. Answers that callers have not read may hold as many bytes again; above that, the calls with the oldest answers are reset. 0 is four times PAIRSTREAM_MAX_MESSAGE_BYTES, at least 67108864',
  ),
  maxReceiveMs: integer(
    'PAIRSTREAM_MAX_RECEIVE_MS',
    60_000,
    [100, 3_600_000],
    'Longest time from the first byte of a message to its last, milliseconds; a slower message ends its call with DEADLINE_EXCEEDED. If PAIRSTREAM_MAX_BUFFERED_MESSAGE_BYTES is reached, the oldest messages that are not finished after a second end their calls with BUSY',
  ),
  maxInFlightPairs: integer(
    'PAIRSTREAM_MAX_IN_FLIGHT_PAIRS',
    200_000,
    [1, 10_000_000],
    'Maximum number of pairs in flight, over all callers; more are refused with BUSY. Bounds memory; PAIRSTREAM_MAX_QUEUE_MS and deadlines bound time',
  ),
  maxQueueMs: integer(
    'PAIRSTREAM_MAX_QUEUE_MS',
    10_000,
    [1, 3_600_000],
    'Longest queue time of a message, estimated at the measured pace, milliseconds; with more work ahead, or with more than its deadline allows, a message is refused with BUSY',
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
    'Most calls of one connection at a time; a caller waits with more. Over all connections, 40,000 calls are open at most',
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
  batchSlots: integer(
    'PAIRSTREAM_BATCH_SLOTS',
    0,
    [0, 64],
    'Number of batch slots (batches being filled or in flight). Memory grows with each slot. 0 is 1 for the embedded backend, which runs one model at a time, and 4 for Triton',
  ),
  drainTimeoutMs: integer(
    'PAIRSTREAM_DRAIN_TIMEOUT_MS',
    10_000,
    [0, 600_000],
    'Milliseconds that messages in flight have at shutdown',
  ),
  backend: choice(
    'PAIRSTREAM_BACKEND',
    ['embedded', 'triton'],
    'What runs the models, ONNX Runtime in this process or NVIDIA Triton',
  ),
  tritonUrls: {
    variable: 'PAIRSTREAM_TRITON_URLS',
    schema: z.string().transform((value, context) => {
      const addresses = parseServerAddresses(value);
      if (addresses !== undefined) return addresses;
      context.addIssue('expected host:port or dns:///host:port, several separated by commas');
      return z.NEVER;
    }),
    defaultText: '127.0.0.1:8001',
    meaning:
      'gRPC endpoints of Triton servers, separated by commas: host:port for a server, dns:///host:port for every address of a name, which is asked for again and again',
  } satisfies Setting<readonly ServerAddress[]>,
  tritonSharedMemoryMb: integer(
    'PAIRSTREAM_TRITON_SHARED_MEMORY_MB',
    256,
    [0, 65_536],
    'Most shared memory (/dev/shm) for tensors of Triton servers that see it, MiB; 0 sends all of them over gRPC',
  ),
  tritonTls: choice('PAIRSTREAM_TRITON_TLS', ['off', 'on'], 'Whether Triton is talked to over TLS'),
  tritonTlsCa: optionalText(
    'PAIRSTREAM_TRITON_TLS_CA',
    "PEM file of the certificates that Triton's is signed by; empty: those that Node trusts",
  ),
  tritonTlsCertificate: optionalText(
    'PAIRSTREAM_TRITON_TLS_CERTIFICATE',
    'PEM file of our own certificate, for servers that ask for one (mTLS)',
  ),
  tritonTlsKey: optionalText('PAIRSTREAM_TRITON_TLS_KEY', 'PEM file of the key of that certificate'),
  tritonTlsServerName: optionalText(
    'PAIRSTREAM_TRITON_TLS_SERVER_NAME',
    "Name that Triton's certificate must have; empty: the host of its URL, which for dns:/// is an address",
  ),
  tritonHeaders: {
    variable: 'PAIRSTREAM_TRITON_HEADERS',
    schema: z
      .string()
      .regex(HEADERS, 'expected name=value, several separated by commas')
      .transform((value) => new Map(value.split(',').flatMap(headerOf))),
    defaultText: '',
    meaning:
      'Metadata of every call to Triton, name=value separated by commas, for instance for restricted protocols',
  } satisfies Setting<ReadonlyMap<string, string>>,
  onnxThreads: integer(
    'PAIRSTREAM_ONNX_THREADS',
    0,
    [0, 1_024],
    'Threads of one model run; 0 is one per core that the process may use (CPU set and CPU quota of its container)',
  ),
  logLevel: choice('PAIRSTREAM_LOG_LEVEL', LOG_LEVELS, 'Least severe log line that is written'),
} as const;
