/** Canonical gRPC status codes that Pairstream answers with (grpc/status.proto numbers). */
export const GRPC_CODE = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** Name of a canonical gRPC status code. */
export type GrpcCodeName = keyof typeof GRPC_CODE;

/** One row of the error catalogue: cause, remedy, and status on each protocol. */
export interface CatalogueEntry {
  readonly grpc: GrpcCodeName;
  readonly http: number;
  /** One sentence for docs/reference/errors.md: when it occurs. */
  readonly meaning: string;
  /** One sentence for docs/reference/errors.md: what to do about it. */
  readonly remedy: string;
}

/**
 * Every error Pairstream raises on purpose. The key is the stable code that clients may match on
 * (`google.rpc.ErrorInfo.reason`); docs/reference/errors.md is generated from this table.
 */
export const CATALOGUE = {
  INVALID_REQUEST: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    meaning:
      'A request to PairService or the admin application cannot be decoded, or contradicts itself: columns of different lengths, entries in two columns of which only one is allowed, counts that do not add up.',
    remedy: 'Correct the field that the BadRequest detail or the problem names, and send it again.',
  },
  INVALID_ROW: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    meaning: 'One pair, or its tweet or user, is invalid. The other pairs of the request are answered.',
    remedy: 'Correct the field that the row status names.',
  },
  NOT_FOUND: {
    grpc: 'NOT_FOUND',
    http: 404,
    meaning:
      'The admin application has no such route, or no such model, replica, stream or statistics table. For an event of a FeedbackRequest: the gateway does not remember the prediction, or the prediction has no such pair.',
    remedy:
      'Correct the path: the message lists the names, /docs the routes. For an event: send it sooner, to the gateway that answered, or use tokens.',
  },
  UNAUTHENTICATED: {
    grpc: 'UNAUTHENTICATED',
    http: 401,
    meaning:
      'The gateway has a file of callers, and the call has no token and no client certificate of that file, or the token is wrong, expired or revoked.',
    remedy:
      'Send the header `authorization: Bearer TOKEN` with a token of `pairstream token create`, or a client certificate that the file lists.',
  },
  PERMISSION_DENIED: {
    grpc: 'PERMISSION_DENIED',
    http: 403,
    meaning:
      'The caller lacks the scope of the method, the option or the admin route. On the admin port: the Host header is not allowed, or a page of another origin sent the request.',
    remedy:
      'Give the caller the scope that the message names, or call the admin port by an address that PAIRSTREAM_ADMIN_ALLOWED_HOSTS lists.',
  },
  MESSAGE_TOO_LARGE: {
    grpc: 'RESOURCE_EXHAUSTED',
    http: 413,
    meaning:
      'A request to PairService or the admin application has more pairs or bytes than the gateway accepts.',
    remedy: 'Split the request. GetServerInfo returns the limits.',
  },
  BUSY: {
    grpc: 'RESOURCE_EXHAUSTED',
    http: 429,
    meaning:
      'The gateway cannot answer before the deadline at its current pace, too much work is queued, too many pairs are in flight, or the queue of a model on Triton is full.',
    remedy: 'Retry after the delay in the RetryInfo detail, with fewer calls at once.',
  },
  DEADLINE_EXCEEDED: {
    grpc: 'DEADLINE_EXCEEDED',
    http: 504,
    meaning: 'The deadline of the request passed before its answer was ready.',
    remedy: 'Raise the timeout, send smaller requests, or add gateways.',
  },
  CANCELLED: {
    grpc: 'CANCELLED',
    http: 499,
    meaning: 'The caller cancelled or closed the connection.',
    remedy: 'None.',
  },
  SHUTTING_DOWN: {
    grpc: 'UNAVAILABLE',
    http: 503,
    meaning: 'The gateway is draining and accepts no new requests.',
    remedy: 'Send the request to another gateway.',
  },
  NOT_READY: {
    grpc: 'UNAVAILABLE',
    http: 503,
    meaning: 'The gateway runs, but its models are not ready yet.',
    remedy: 'Send the request to another gateway, or retry later. /readyz gives the reason.',
  },
  BACKEND_UNAVAILABLE: {
    grpc: 'UNAVAILABLE',
    http: 503,
    meaning: 'The engine that runs the models cannot be reached or is not ready.',
    remedy: 'Retry. If the error persists, /readyz gives the reason.',
  },
  DEGRADED: {
    grpc: 'UNAVAILABLE',
    http: 503,
    meaning: 'Models are missing, and the best available rung of the ladder is below options.min_rung.',
    remedy:
      'Retry after the delay in the RetryInfo detail, or accept a lower rung. GetServerInfo lists the rungs.',
  },
  BACKEND_FAILED: {
    grpc: 'INTERNAL',
    http: 500,
    meaning: 'A model failed, or its answer is not a probability.',
    remedy: 'Read the log of the gateway. The model or its inputs are broken.',
  },
  METHOD_NOT_ALLOWED: {
    grpc: 'UNIMPLEMENTED',
    http: 405,
    meaning: 'An admin route exists, but not for this HTTP method.',
    remedy: 'Use a method of the Allow header.',
  },
  CONFLICT: {
    grpc: 'FAILED_PRECONDITION',
    http: 409,
    meaning: 'The state of the gateway or of a Triton server does not allow an admin request.',
    remedy:
      'The message says what to change: start Triton with explicit model control, or repeat with force.',
  },
  STREAM_CLOSED: {
    grpc: 'UNAVAILABLE',
    http: 503,
    meaning: 'An operator closed the stream. The requests that the gateway had read are answered.',
    remedy: 'Open a new stream and send the unanswered requests again.',
  },
  FEEDBACK_OFF: {
    grpc: 'FAILED_PRECONDITION',
    http: 409,
    meaning:
      'A caller sends feedback, or asks for tokens with options.feedback, and the gateway has no state directory to keep events in.',
    remedy: 'Set PAIRSTREAM_STATE_DIR and restart the gateway, or send the request without options.feedback.',
  },
  FEEDBACK_TOKEN_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    meaning:
      'A feedback token was cut, changed or forged, or its key is not among the keys of the gateway. The other events of the request are taken.',
    remedy:
      'Send tokens exactly as PredictResponse.feedback_token has them, to gateways with the same PAIRSTREAM_FEEDBACK_KEYS. Keep retired keys in that list for as long as their tokens are used.',
  },
  FEEDBACK_TOKEN_FOREIGN: {
    grpc: 'FAILED_PRECONDITION',
    http: 409,
    meaning:
      'A feedback token is authentic, but of another key scheme: its gateway has another vocabulary or another layout of components. The other events of the request are taken.',
    remedy:
      'Send the token to a gateway with the key scheme of the gateway that made it (GetServerInfo), or drop it.',
  },
  INVALID_EVENT: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    meaning:
      'The kind of an event is unknown, or its time is no Unix time in seconds, in the future or before the prediction. The other events of the request are taken.',
    remedy: 'Correct the field that the event status names.',
  },
  EVENT_TOO_OLD: {
    grpc: 'FAILED_PRECONDITION',
    http: 409,
    meaning:
      'An event is older than the attribution window, or than the statistics of the release. It is not counted.',
    remedy: 'Send events sooner, or raise PAIRSTREAM_ATTRIBUTION_DAYS.',
  },
  INVALID_CONFIG: {
    grpc: 'FAILED_PRECONDITION',
    http: 500,
    meaning: 'An environment variable or a command line option is unknown or out of range.',
    remedy: 'Correct the values that the message lists. docs/reference/config.md lists all settings.',
  },
  INVALID_PIPELINE: {
    grpc: 'FAILED_PRECONDITION',
    http: 500,
    meaning: 'The pipeline file is missing or unreadable, or contradicts itself or its models.',
    remedy: 'Correct the field that the message names.',
  },
  INVALID_MODEL: {
    grpc: 'FAILED_PRECONDITION',
    http: 500,
    meaning: 'A model file is missing or damaged, or has other inputs or outputs than the pipeline file.',
    remedy: 'Export the model again, or correct the pipeline file.',
  },
  INVALID_VOCABULARY: {
    grpc: 'FAILED_PRECONDITION',
    http: 500,
    meaning: 'The vocabulary is missing or damaged, or lacks a special piece.',
    remedy: 'Use the vocab.txt that the models were trained with.',
  },
  INVALID_SNAPSHOT: {
    grpc: 'DATA_LOSS',
    http: 500,
    meaning: 'A statistics snapshot is missing, damaged (checksum), incomplete, or of another version.',
    remedy: 'Restore it from a copy, or write it again with `pairstream replay`.',
  },
  INVALID_DATA_FILE: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    meaning:
      'A part file, a prediction file or a feature file cannot be read. The message names line and column.',
    remedy: 'Correct that line.',
  },
  EVENT_LOG_DAMAGED: {
    grpc: 'DATA_LOSS',
    http: 500,
    meaning:
      'The event log holds other bytes than were written: a file is cut short, pages are lost, or a checksum does not match.',
    remedy:
      'Restore the state directory from a backup, or run `pairstream salvage-log`, which keeps the events before the damage.',
  },
  EVENT_LOG_UNAVAILABLE: {
    grpc: 'UNAVAILABLE',
    http: 503,
    meaning:
      'The event log cannot take events: its disk or its bound is full, its folder cannot be written, another process holds it, or its broker cannot be reached.',
    remedy: 'Correct what the message says, then send the events again.',
  },
  EVENT_LOG_GAP: {
    grpc: 'FAILED_PRECONDITION',
    http: 500,
    meaning:
      'The event log does not hold the events after a snapshot: they were trimmed or their retention has passed, or the log was replaced.',
    remedy: 'Start from a newer snapshot.',
  },
  SEEN_EVENTS_FULL: {
    grpc: 'RESOURCE_EXHAUSTED',
    http: 429,
    meaning:
      'The gateway remembers as many pairs with events of the last days as PAIRSTREAM_MAX_SEEN_PAIRS allows. Forgetting one early could count an event twice, so new events are refused.',
    remedy: 'Raise PAIRSTREAM_MAX_SEEN_PAIRS, or lower PAIRSTREAM_ATTRIBUTION_DAYS.',
  },
  OUTPUT_FAILED: {
    grpc: 'FAILED_PRECONDITION',
    http: 500,
    meaning: 'An output file cannot be created or written: no such folder, no permission, no space.',
    remedy: 'Correct the path or free space, and run the command again. Incomplete files are removed.',
  },
  BENCHMARK_FAILED: {
    grpc: 'FAILED_PRECONDITION',
    http: 500,
    meaning:
      'A step of `bench --against` failed: git, the dependencies, the build or a benchmark of one of the two commits.',
    remedy: 'Run the command that the message names, in the folder that it names.',
  },
  STEP_FAILED: {
    grpc: 'FAILED_PRECONDITION',
    http: 500,
    meaning:
      'A step of `pairstream train` failed; the message names the step, its last line of output and its log.',
    remedy: 'Correct what the log says, and run the same command again: it resumes with this step.',
  },
  PORT_IN_USE: {
    grpc: 'FAILED_PRECONDITION',
    http: 500,
    meaning: 'Another process listens on the configured port.',
    remedy: 'Stop that process, or set PAIRSTREAM_GRPC_PORT or PAIRSTREAM_ADMIN_PORT.',
  },
  INTERNAL: {
    grpc: 'INTERNAL',
    http: 500,
    meaning: 'A bug in Pairstream.',
    remedy: 'Report it with the log line of the same time.',
  },
} as const satisfies Record<string, CatalogueEntry>;

/** A stable error code. */
export type ErrorCode = keyof typeof CATALOGUE;
