import { FakeTritonError } from '../fake-triton-error.js';

/** Fault in the answers of a model. Tensors of BYTES keep their datatype. */
export type AnswerFault = 'none' | 'wrong_shape' | 'wrong_datatype' | 'nan';

/** Counts of a model's requests, over all versions and loads. */
export interface ModelCounts {
  /** Requests that named the model and fitted it. */
  readonly requests: number;
  /** Rows of these; 1 for each request to a model without a batch axis. */
  readonly rows: number;
  /** Answers that were made; a decoupled model makes any number of them for a request. */
  readonly answers: number;
  /** Requests whose run failed. */
  readonly failures: number;
  /** Requests that found the queue full. */
  readonly rejections: number;
  /** Requests that waited for too long. */
  readonly expirations: number;
  /** Requests whose caller cancelled, ran out of time or was lost before the answer. */
  readonly cancels: number;
}

/**
 * Faults that a test sets for a served model, and counts of its requests. The script belongs to the name of the model: it survives
 * unloads, replacements and restarts of the server.
 */
export interface ModelScript {
  /** Delay of each run, milliseconds; its instance is busy during the delay. Default 0. */
  delayMs: number;
  /** True if every request finds the queue full. Default false. */
  isBusy: boolean;
  /** False if model and server are not ready; requests are refused as during a load. Default true. */
  isReady: boolean;
  /** Default none. */
  answerFault: AnswerFault;
  /** Makes the next runs fail without running the model. @param error default: INTERNAL "failed on demand" */
  failNext(count?: number, error?: FakeTritonError): void;
  /** Counts so far. */
  readonly counts: ModelCounts;
  /** Sets all counts to zero. */
  resetCounts(): void;
}

/** The script of a model, and the server's side of it. */
export class ScriptedModel implements ModelScript {
  delayMs = 0;
  isBusy = false;
  isReady = true;
  answerFault: AnswerFault = 'none';
  private readonly failures: FakeTritonError[] = [];
  private counted = zeroCounts();

  get counts(): ModelCounts {
    return { ...this.counted };
  }

  failNext(count = 1, error = new FakeTritonError('INTERNAL', 'failed on demand')): void {
    for (let i = 0; i < count; i += 1) this.failures.push(error);
  }

  resetCounts(): void {
    this.counted = zeroCounts();
  }

  /** The failure of the next run, if it is to fail. */
  takeFailure(): FakeTritonError | undefined {
    return this.failures.shift();
  }

  /** Adds to a count. */
  count(what: keyof ModelCounts, times = 1): void {
    this.counted[what] += times;
  }
}

function zeroCounts(): { -readonly [K in keyof ModelCounts]: number } {
  return { requests: 0, rows: 0, answers: 0, failures: 0, rejections: 0, expirations: 0, cancels: 0 };
}
