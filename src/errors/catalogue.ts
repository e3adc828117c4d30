/** Canonical gRPC status codes that Pairstream answers with (grpc/status.proto numbers). */
export const GRPC_CODE = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
} as const;

/** Name of a canonical gRPC status code. */
export type GrpcCodeName = keyof typeof GRPC_CODE;

/** One row of the error catalogue: what happened, and what it is on each wire. */
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
      'A message as a whole cannot be read: columns of different lengths, too many pairs, a count that lies.',
    remedy: 'Correct the field named in the BadRequest detail and send the message again.',
  },
  INVALID_ROW: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    meaning:
      'One pair (or the tweet or user it points to) is wrong; the other pairs of the message are answered.',
    remedy: 'Correct the field named in the row status.',
  },
  MESSAGE_TOO_LARGE: {
    grpc: 'RESOURCE_EXHAUSTED',
    http: 413,
    meaning: 'A message holds more pairs or bytes than the gateway accepts.',
    remedy: 'Split it; GetServerInfo tells the limits.',
  },
  BUSY: {
    grpc: 'RESOURCE_EXHAUSTED',
    http: 429,
    meaning:
      'The gateway cannot answer before the deadline at its current pace, has too much work queued or too many pairs in flight, or the queue of a model on Triton is full.',
    remedy: 'Try again after the delay in the RetryInfo detail, with fewer calls at once.',
  },
  DEADLINE_EXCEEDED: {
    grpc: 'DEADLINE_EXCEEDED',
    http: 504,
    meaning: 'The time the caller gave the message was over before its answer was ready.',
    remedy: 'Give more time, send smaller messages, or add capacity.',
  },
  CANCELLED: {
    grpc: 'CANCELLED',
    http: 499,
    meaning: 'The caller went away or cancelled.',
    remedy: 'None needed.',
  },
  SHUTTING_DOWN: {
    grpc: 'UNAVAILABLE',
    http: 503,
    meaning: 'The gateway is draining and takes no new messages.',
    remedy: 'Send the message to another gateway.',
  },
  NOT_READY: {
    grpc: 'UNAVAILABLE',
    http: 503,
    meaning: 'The gateway runs, but has no models it may serve yet.',
    remedy: 'Send the message to another gateway, or later; /readyz tells operators what it waits for.',
  },
  BACKEND_UNAVAILABLE: {
    grpc: 'UNAVAILABLE',
    http: 503,
    meaning: 'The engine that runs the models cannot be reached or is not ready.',
    remedy: 'Try again; if it lasts, look at /readyz.',
  },
  DEGRADED: {
    grpc: 'UNAVAILABLE',
    http: 503,
    meaning:
      'Some models are missing, so that only a lower rung of the ladder was reached than options.min_rung asks for.',
    remedy:
      'Try again after the delay in the RetryInfo detail, or accept a lower rung; GetServerInfo lists them.',
  },
  BACKEND_FAILED: {
    grpc: 'INTERNAL',
    http: 500,
    meaning: 'A model failed, or answered with something that is no probability.',
    remedy: 'Look at the log of the gateway; the model or its inputs are broken.',
  },
  INVALID_CONFIG: {
    grpc: 'FAILED_PRECONDITION',
    http: 500,
    meaning: 'The environment or the command line holds a value that is unknown or out of range.',
    remedy: 'Correct what the message lists; docs/reference/config.md has every setting.',
  },
  INVALID_PIPELINE: {
    grpc: 'FAILED_PRECONDITION',
    http: 500,
    meaning: 'The pipeline file is missing, unreadable, or disagrees with itself or with its models.',
    remedy: 'Correct the field the message names.',
  },
  INVALID_MODEL: {
    grpc: 'FAILED_PRECONDITION',
    http: 500,
    meaning: 'A model file is missing, damaged, or has other inputs or outputs than the pipeline says.',
    remedy: 'Export the model again, or correct the pipeline file.',
  },
  INVALID_VOCABULARY: {
    grpc: 'FAILED_PRECONDITION',
    http: 500,
    meaning: 'The vocabulary is missing, damaged, or lacks a special piece.',
    remedy: 'Use the vocab.txt the models were trained with.',
  },
  INVALID_SNAPSHOT: {
    grpc: 'DATA_LOSS',
    http: 500,
    meaning: 'A table snapshot is missing, damaged (checksum), half written, or of another version.',
    remedy: 'Restore it from a copy, or write it again with `pairstream replay`.',
  },
  INVALID_DATA_FILE: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    meaning:
      'A part file, a prediction file or a feature file cannot be read; the message names line and column.',
    remedy: 'Correct that line.',
  },
  OUTPUT_FAILED: {
    grpc: 'FAILED_PRECONDITION',
    http: 500,
    meaning: 'A file that a command writes cannot be made or written: no such folder, no rights, no room.',
    remedy: 'Correct the path or make room, and run the command again; no half file stays behind.',
  },
  PORT_IN_USE: {
    grpc: 'FAILED_PRECONDITION',
    http: 500,
    meaning: 'Another process listens on the port the gateway was told to use.',
    remedy: 'Stop it, or set PAIRSTREAM_GRPC_PORT or PAIRSTREAM_ADMIN_PORT.',
  },
  INTERNAL: {
    grpc: 'INTERNAL',
    http: 500,
    meaning: 'A fault in Pairstream itself.',
    remedy: 'Report it with the log line of the same time.',
  },
} as const satisfies Record<string, CatalogueEntry>;

/** A stable error code. */
export type ErrorCode = keyof typeof CATALOGUE;
