import type { ErrorCode } from '../errors/catalogue.js';
import { PairstreamError } from '../errors/pairstream-error.js';
import type { InferenceContext } from '../backends/backend.js';

/** Error codes for which a member counts as missing. */
const OF_THE_MODEL: ReadonlySet<ErrorCode> = new Set([
  'BACKEND_FAILED',
  'BACKEND_UNAVAILABLE',
  'BUSY',
  'DEADLINE_EXCEEDED',
]);

/** Missing members of one batch so far, with the reason of each. */
export class MemberFailures {
  private readonly failures = new Map<string, PairstreamError>();

  /** @param context deadline and cancel signal of the batch */
  constructor(private readonly context: InferenceContext) {}

  /** Members that gave no answer. */
  get missing(): ReadonlySet<string> {
    return new Set(this.failures.keys());
  }

  /** Reasons by member, in the order of the failures. */
  get reasons(): ReadonlyMap<string, PairstreamError> {
    return this.failures;
  }

  /** Reason of the first failure. */
  get first(): PairstreamError {
    const [first] = this.failures.values();
    return first ?? new PairstreamError('INTERNAL', 'no rung can be answered, though no member is missing');
  }

  /**
   * Adds a member as missing.
   * @throws `thrown` itself, if it is not a failure of the model: every caller has cancelled, the batch deadline has passed,
   *   or an internal error
   */
  add(member: string, thrown: unknown): void {
    const { signal, deadlineMs } = this.context;
    const isOfModel = thrown instanceof PairstreamError && OF_THE_MODEL.has(thrown.code);
    if (!isOfModel || signal.aborted || performance.now() >= deadlineMs) throw thrown;
    this.failures.set(member, thrown);
  }
}
