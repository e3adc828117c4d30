import { FEATURE_LOG_SETTINGS } from './feature-log-settings.js';
import { FEEDBACK_SETTINGS } from './feedback-settings.js';
import { KAFKA_SETTINGS } from './kafka-settings.js';
import { SECURITY_SETTINGS } from './security-settings.js';
import { choice, headerName, integer, listenHost, text } from './setting-kinds.js';
import { TRITON_SETTINGS } from './triton-settings.js';

/** Log levels; the first is the default. */
export const LOG_LEVELS = ['info', 'silent', 'error', 'warn', 'debug'] as const;
const PORTS = [0, 65_535] as const;

/** Every setting of a gateway. */
export const SETTINGS = {
  host: listenHost(
    'PAIRSTREAM_HOST',
    'Address that the gRPC port listens on: an IPv4 address, an IPv6 address (brackets optional) or a host name. 0.0.0.0 is all IPv4 interfaces, :: all interfaces of IPv4 and IPv6',
  ),
  adminHost: listenHost(
    'PAIRSTREAM_ADMIN_HOST',
    'Address that the admin port listens on, in the form of PAIRSTREAM_HOST.',
  ),
  grpcPort: integer(
    'PAIRSTREAM_GRPC_PORT',
    50_051,
    PORTS,
    'Port of the gRPC services; 0 chooses a free port',
  ),
  adminPort: integer(
    'PAIRSTREAM_ADMIN_PORT',
    8_080,
    PORTS,
    'Port of /healthz, /readyz, /backend and /metrics; 0 chooses a free port',
  ),
  pipeline: text(
    'PAIRSTREAM_PIPELINE',
    'pipelines/recsys2021.yaml',
    'Pipeline file to serve, relative to the package',
  ),
  workers: integer(
    'PAIRSTREAM_WORKERS',
    0,
    [0, 256],
    'Number of threads that serve calls, all on the gRPC port; the kernel gives each connection to one of them. Caches, and threads that other settings leave open, are divided among them. 0 means one per core that the process may use; 1 serves on the main thread',
  ),
  maxWorkerBlockMs: integer(
    'PAIRSTREAM_MAX_WORKER_BLOCK_MS',
    10_000,
    [0, 3_600_000],
    'Maximum time that the event loop of a worker thread may stand still, in milliseconds. A thread that stands still for longer, and uses the processor for half of that time, is ended: its calls fail with UNAVAILABLE, and another thread takes its place. Without CPU time, the thread is given six times as long: the machine may be overloaded. 0 means no maximum, for instance while a debugger stops threads',
  ),
  maxPairsPerMessage: integer(
    'PAIRSTREAM_MAX_PAIRS_PER_MESSAGE',
    100_000,
    [1, 1_000_000],
    'Maximum number of pairs in one request. A larger request is refused with MESSAGE_TOO_LARGE',
  ),
  maxMessageBytes: integer(
    'PAIRSTREAM_MAX_MESSAGE_BYTES',
    67_108_864,
    [1_024, 1_073_741_824],
    'Maximum size of one message (a request or an answer) in bytes. A larger message ends its call',
  ),
  maxBufferedMessageBytes: integer(
    'PAIRSTREAM_MAX_BUFFERED_MESSAGE_BYTES',
    0,
    [0, 17_179_869_184],
    'Maximum bytes of received messages in memory over all calls, compressed and decompressed. Further requests are refused with BUSY. Unread answers may hold the same number of bytes; above that, the calls with the oldest unread answers are reset. 0 means four times PAIRSTREAM_MAX_MESSAGE_BYTES, at least 67108864',
  ),
  maxReceiveMs: integer(
    'PAIRSTREAM_MAX_RECEIVE_MS',
    60_000,
    [100, 3_600_000],
    'Maximum time from the first byte of a message to its last byte, in milliseconds. A slower message ends its call with DEADLINE_EXCEEDED. If PAIRSTREAM_MAX_BUFFERED_MESSAGE_BYTES is reached, the oldest messages that are unfinished after one second end their calls with BUSY',
  ),
  maxInFlightPairs: integer(
    'PAIRSTREAM_MAX_IN_FLIGHT_PAIRS',
    200_000,
    [1, 10_000_000],
    'Maximum number of pairs in flight over all callers. Further requests are refused with BUSY. This setting bounds memory; PAIRSTREAM_MAX_QUEUE_MS and deadlines bound time',
  ),
  maxPairsPerStream: integer(
    'PAIRSTREAM_MAX_PAIRS_PER_STREAM',
    0,
    [0, 10_000_000],
    'Maximum number of pairs in flight on one stream; a stream without pairs in flight may send any request. Further requests of the stream are refused with BUSY. 0 means PAIRSTREAM_MAX_IN_FLIGHT_PAIRS',
  ),
  maxSharedBatchMs: integer(
    'PAIRSTREAM_MAX_SHARED_BATCH_MS',
    10,
    [1, 60_000],
    'Maximum estimated time of a batch in milliseconds while several callers are active. A caller waits for the batches in flight, so a lower value means shorter queue times beside a flood of another caller, and more calls of the models per pair. A caller alone fills its batches',
  ),
  callerHeader: headerName(
    'PAIRSTREAM_CALLER_HEADER',
    'Name of the gRPC metadata header that names the caller of a call. Callers share the gateway fairly. Set it only if a trusted proxy sets the header, because callers with many names have many shares. Empty: callers are told apart by their addresses. With PAIRSTREAM_CALLERS_FILE, callers are told apart by their names in the file, and this setting has no effect',
  ),
  maxQueueMs: integer(
    'PAIRSTREAM_MAX_QUEUE_MS',
    10_000,
    [1, 3_600_000],
    'Maximum queue time of a request in milliseconds, estimated from the measured pace. A request with a longer estimated queue time, or one that would miss its deadline, is refused with BUSY',
  ),
  maxMessagesPerStream: integer(
    'PAIRSTREAM_MAX_MESSAGES_PER_STREAM',
    64,
    [1, 10_000],
    'Maximum number of requests in flight on one stream. At the maximum, the gateway stops reading from the stream',
  ),
  maxStreamsPerConnection: integer(
    'PAIRSTREAM_MAX_STREAMS_PER_CONNECTION',
    10_000,
    [1, 1_000_000],
    'Maximum number of open calls on one connection; the client queues further calls. Over all connections the maximum is 40,000',
  ),
  maxConnectionAgeS: integer(
    'PAIRSTREAM_MAX_CONNECTION_AGE_S',
    0,
    [0, 31_536_000],
    'Age in seconds, give or take a tenth, at which the gateway asks a caller to open a new connection (GOAWAY). Calls in flight are answered. New connections spread over worker threads, and behind a load balancer over gateways. 0 means no maximum',
  ),
  maxConnectionIdleS: integer(
    'PAIRSTREAM_MAX_CONNECTION_IDLE_S',
    0,
    [0, 31_536_000],
    'Time without an open call in seconds after which the gateway closes a connection. 0 means no maximum',
  ),
  maxBatchRows: integer('PAIRSTREAM_MAX_BATCH_ROWS', 1_024, [1, 65_536], 'Number of rows in a full batch'),
  maxBatchDelayUs: integer(
    'PAIRSTREAM_MAX_BATCH_DELAY_US',
    2_000,
    [0, 1_000_000],
    'Maximum time that a row waits for further rows while a batch runs, in microseconds',
  ),
  towerCacheMb: integer(
    'PAIRSTREAM_TOWER_CACHE_MB',
    64,
    [0, 16_384],
    'Size of the tower cache in MiB: results of the tweet towers, by exact input. 0 turns the cache off',
  ),
  batchSlots: integer(
    'PAIRSTREAM_BATCH_SLOTS',
    0,
    [0, 64],
    'Number of batch slots (batches being filled or in flight). Memory grows with each slot. 0 means 2 for the embedded backend, whose forests run while the nets of another batch do, and 4 for Triton',
  ),
  drainTimeoutMs: integer(
    'PAIRSTREAM_DRAIN_TIMEOUT_MS',
    10_000,
    [0, 600_000],
    'Maximum time to answer the requests in flight at shutdown, in milliseconds',
  ),
  backend: choice(
    'PAIRSTREAM_BACKEND',
    ['embedded', 'triton'],
    'Where the models run: in this process (forests by the forest walker, nets by ONNX Runtime), or on NVIDIA Triton',
  ),
  ...TRITON_SETTINGS,
  onnxThreads: integer(
    'PAIRSTREAM_ONNX_THREADS',
    0,
    [0, 1_024],
    'Number of threads for one run of a model by ONNX Runtime, in the embedded backend. 0 means one per core that the process may use, by CPU set and CPU quota of its container',
  ),
  forestThreads: integer(
    'PAIRSTREAM_FOREST_THREADS',
    0,
    [0, 64],
    'Number of threads that run forests in the embedded backend; loads have as many of their own. 0 means one per core that the process may use',
  ),
  maxForestMb: integer(
    'PAIRSTREAM_MAX_FOREST_MB',
    512,
    [1, 4_096],
    'Maximum memory of one forest in the embedded backend, in MiB: its trees, and the rows of the calls in flight. A larger forest is refused at the start',
  ),
  ...SECURITY_SETTINGS,
  ...FEEDBACK_SETTINGS,
  ...FEATURE_LOG_SETTINGS,
  ...KAFKA_SETTINGS,
  logLevel: choice('PAIRSTREAM_LOG_LEVEL', LOG_LEVELS, 'Lowest severity of log lines that are written'),
} as const;
