import type { BytesCallOptions } from '@pairstream/grpc-channel';
import type { BytesChannel } from './bytes-channel.js';
import { InFlightWindow } from './in-flight-window.js';
import type { SequencedAnswer } from './response-reader.js';
import { ServerError } from './server-error.js';
import { type StreamAnswer, StreamAnswers } from './stream-answers.js';

/** How the requests of one streaming method are checked and encoded, and how its answers are. S: what an answer is checked with. */
export interface StreamMethod<I, S, O> {
  readonly path: string;
  /** @throws ServerError for a request that must not be sent */
  readonly checkInput: (input: I) => void;
  /** The request need not be valid. */
  readonly shapeOf: (input: I) => S;
  readonly encode: (input: I, sequence: number) => Buffer;
  /** @throws ServerError INTERNAL for bytes that are no answer */
  readonly decode: (bytes: Uint8Array) => SequencedAnswer<O>;
  /** @param name of the request, for the error @throws ServerError INTERNAL for an answer that does not fit its request */
  readonly checkOutput: (output: O, shape: S, name: string) => void;
}

/** Settings of one streaming call. */
export interface RequestStreamOptions extends BytesCallOptions {
  /** Maximum number of unanswered requests. */
  readonly maxInFlight: number;
}

/**
 * Sends requests over one call and yields their answers as they come. Pulls a request from the source only when there is room, and
 * an answer from the server only when the caller asks for one. Refused requests get an answer of their own.
 * @throws ServerError when the call as a whole fails
 */
export async function* streamRequests<I, S, O>(
  channel: Pick<BytesChannel, 'stream'>,
  method: StreamMethod<I, S, O>,
  inputs: AsyncIterable<I> | Iterable<I>,
  { maxInFlight, ...callOptions }: RequestStreamOptions,
): AsyncGenerator<StreamAnswer<O>> {
  const window = new InFlightWindow<S>(maxInFlight);
  const answers = new StreamAnswers<O>();
  const abort = new AbortController();
  const { signal = abort.signal } = callOptions;
  const streamOptions = { ...callOptions, signal: AbortSignal.any([signal, abort.signal]) };
  try {
    const requests = encodeAll(method, inputs, window, answers);
    const served = readAll(method, channel.stream(method.path, requests, streamOptions));
    for await (const answer of answers.mergedWith(served, () => abort.abort())) {
      const shape = window.leave(answer.index);
      if (!(answer.output instanceof ServerError))
        method.checkOutput(answer.output, shape, `request ${answer.index}`);
      yield answer;
    }
    window.checkEmpty();
  } finally {
    window.close();
  }
}

async function* encodeAll<I, S, O>(
  method: StreamMethod<I, S, O>,
  inputs: AsyncIterable<I> | Iterable<I>,
  window: InFlightWindow<S>,
  answers: StreamAnswers<O>,
): AsyncGenerator<Buffer> {
  for await (const input of inputs) {
    const sequence = await window.enter(method.shapeOf(input));
    if (sequence === undefined) return;
    const refusal = refusalOf(method, input);
    if (refusal === undefined) yield method.encode(input, sequence);
    else answers.refuse(sequence, refusal);
  }
}

/** Error of a request that must not be sent; undefined for a valid request. */
function refusalOf<I>(
  { checkInput }: Pick<StreamMethod<I, never, never>, 'checkInput'>,
  input: I,
): ServerError | undefined {
  try {
    checkInput(input);
    return undefined;
  } catch (error) {
    if (error instanceof ServerError) return error;
    throw error;
  }
}

async function* readAll<I, S, O>(
  { decode }: StreamMethod<I, S, O>,
  messages: AsyncIterable<Uint8Array>,
): AsyncGenerator<StreamAnswer<O>, void> {
  for await (const bytes of messages) {
    const { sequence: index, output } = decode(bytes);
    yield { index, output };
  }
}
