import type { InferRequest } from './infer-request.js';
import type { StreamAnswer } from './infer-stream.js';
import { TritonError } from './triton-error.js';

/** Makes Triton tell the end of every request, also of requests to decoupled models that have no response. */
const ASKS_FOR_END = 'triton_enable_empty_final_response';
/** Unanswered requests that an error names. */
const MAX_NAMED = 8;

interface OpenRequest {
  readonly id: string;
  /** True if the caller asked for the end of the request. */
  readonly wantsEnd: boolean;
}

/** Requests of one ModelStreamInfer call that are open, in the order they were sent. Ids may be missing or occur twice. */
export class StreamRequests {
  private readonly open: OpenRequest[] = [];
  /** Ids of requests answered by a server that does not tell the last answer: more answers may follow. */
  private readonly answeredIds = new Set<string>();
  private sentCount = 0;

  /** A request is about to be sent. @returns the request as it is to be sent */
  add(request: InferRequest): InferRequest {
    const { id = '', parameters = {} } = request;
    this.open.push({ id, wantsEnd: parameters[ASKS_FOR_END] === true });
    this.sentCount += 1;
    return { ...request, parameters: { ...parameters, [ASKS_FOR_END]: true } };
  }

  /**
   * An answer has come.
   * @returns false for the end of a request that its caller did not ask for
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
    // An error that does not tell if it is the last answer is the last one.
    if (isFinal !== false) this.open.splice(at, 1);
    const isError = output instanceof TritonError;
    if (isFinal === undefined && !isError) this.answeredIds.add(request.id);
    const isBareEnd = !isError && isFinal === true && output.outputs.size === 0;
    return !isBareEnd || request.wantsEnd;
  }

  /** The server has ended the stream. @throws TritonError down if requests are left without their last answer */
  checkAnswered(): void {
    const { open, sentCount } = this;
    if (open.length === 0) return;
    const named = open.slice(0, MAX_NAMED).map(({ id }) => `"${id}"`);
    const rest = open.length > MAX_NAMED ? ', ...' : '';
    const seen = `${open.length} of ${sentCount} requests unanswered`;
    throw new TritonError('down', `the server ended the stream with ${seen}: id ${named.join(', ')}${rest}`);
  }

  /** Some servers leave the id out, of errors above all: such an answer belongs to the oldest request. */
  private find(id: string): number {
    const at = this.open.findIndex((request) => request.id === id);
    return at < 0 && id === '' && this.open.length > 0 ? 0 : at;
  }
}
