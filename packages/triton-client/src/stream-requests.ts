import type { InferRequest } from './infer-request.js';
import type { StreamAnswer } from './infer-stream.js';
import { TritonError } from './triton-error.js';

/** Parameter that makes Triton mark the end of every request, also if a decoupled model sends no response. */
const ASKS_FOR_END = 'triton_enable_empty_final_response';
/** Maximum number of unanswered requests that an error names. */
const MAX_NAMED = 8;

interface OpenRequest {
  readonly id: string;
  /** True if the caller asked for the end of the request. */
  readonly wantsEnd: boolean;
}

/** Open requests of one ModelStreamInfer call, in the order of sending. Ids may be missing or occur twice. */
export class StreamRequests {
  private readonly open: OpenRequest[] = [];
  /** Ids of answered requests whose server does not mark the last answer: more answers may follow. */
  private readonly answeredIds = new Set<string>();
  private sentCount = 0;

  /** Adds a request before it is sent. @returns the request to send */
  add(request: InferRequest): InferRequest {
    const { id = '', parameters = {} } = request;
    this.open.push({ id, wantsEnd: parameters[ASKS_FOR_END] === true });
    this.sentCount += 1;
    return { ...request, parameters: { ...parameters, [ASKS_FOR_END]: true } };
  }

  /**
   * Matches an answer with its request.
   * @returns false for an end mark that the caller did not ask for
   * @throws TritonError internal if no open request has the id of the answer
   */
  accept({ id, output, isFinal }: StreamAnswer): boolean {
    const at = this.find(id);
    const request = this.open[at];
    if (request === undefined) {
      if (this.answeredIds.has(id)) return true;
      const problem = `the server answers request "${id}", which was not sent or has had its last answer`;
      throw new TritonError('internal', problem);
    }
    // An error without a mark is the last answer.
    if (isFinal !== false) this.open.splice(at, 1);
    const isError = output instanceof TritonError;
    if (isFinal === undefined && !isError) this.answeredIds.add(request.id);
    const isBareEnd = !isError && isFinal === true && output.outputs.size === 0;
    return !isBareEnd || request.wantsEnd;
  }

  /** Checks that no request is open when the server ends the stream. @throws TritonError down for open requests */
  checkAnswered(): void {
    const { open, sentCount } = this;
    if (open.length === 0) return;
    const named = open.slice(0, MAX_NAMED).map(({ id }) => `"${id}"`);
    const rest = open.length > MAX_NAMED ? ', ...' : '';
    const seen = `${open.length} of ${sentCount} requests unanswered`;
    throw new TritonError('down', `the server ended the stream with ${seen}: id ${named.join(', ')}${rest}`);
  }

  /** Finds the request of an answer. An answer without an id (some servers omit it, mostly in errors) belongs to the oldest request. */
  private find(id: string): number {
    const at = this.open.findIndex((request) => request.id === id);
    return at < 0 && id === '' && this.open.length > 0 ? 0 : at;
  }
}
