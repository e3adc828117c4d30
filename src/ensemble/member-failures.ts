import type { ErrorCode } from '../errors/catalogue.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import type { InferenceContext } from '../backends/backend.js';

/** Failures of one model, which an answer may do without. */
const OF_THE_MODEL: ReadonlySet<ErrorCode> = new Set([
  'BACKEND_FAILED',
  'BACKEND_UNAVAILABLE',
  'BUSY',
  'DEADLINE_EXCEEDED',
]);

/** What became of the members of one batch so far: why each that is missing is so. */
export class MemberFailures {
  private readonly failures = new Map<string, PairstreamError>();

  /** @param context of the batch */
  constructor(private readonly context: InferenceContext) {}

  /** Members that gave no answer. */
  get missing(): ReadonlySet<string> {
    return new Set(this.failures.keys());
  }

  /** Why, in the order they were found missing. */
  get reasons(): ReadonlyMap<string, PairstreamError> {
    return this.failures;
  }

  /** The first of them. */
  get first(): PairstreamError {
    const [first] = this.failures.values();
    return first ?? new PairstreamError('INTERNAL', 'no rung can be answered, though no member is missing');
  }

  /**
   * Takes a member for missing.
   * @throws what it failed with, when that is no failure of a model: the caller is gone, the time of the whole batch is
   *   over, or the fault is our own
   */
  add(member: string, thrown: unknown): void {
    const { signal, deadlineMs } = this.context;
    const isOfModel = thrown instanceof PairstreamError && OF_THE_MODEL.has(thrown.code);
    if (!isOfModel || signal.aborted || performance.now() >= deadlineMs) throw thrown;
    this.failures.set(member, thrown);
  }
}
