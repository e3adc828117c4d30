import { setTimeout as sleep } from 'node:timers/promises';
import { isDatatype } from '@pairstream/triton-client/messages';
import { fromRawContents } from '@pairstream/triton-client/messages';
import { buildAnswer } from './answer-message.js';
import { FakeInputs, type FakeTensor } from '../tensors/fake-inputs.js';
import type { FakeOutputs } from '../fake-model.js';
import { FakeTritonError } from '../fake-triton-error.js';
import type { InferMessage } from './infer-message.js';
import { checkRequest } from './request-checks.js';
import { parameterValues } from './request-parameters.js';
import type { ServedVersion } from '../models/served-model.js';
import type { LocatedInput, TensorLocations } from '../tensors/tensor-locations.js';

/** Takes what a request is answered with. */
export interface AnswerSink {
  /** One answer: fields of an inference.ModelInferResponse. */
  readonly answer: (response: object) => void;
  /** The end of the request, or why it failed. Called once. */
  readonly end: (error: FakeTritonError | undefined) => void;
}

/** Signals that can end a request early. */
export interface JobSignals {
  /** Fires when the caller cancelled or its deadline passed. */
  readonly signal: AbortSignal;
  /** Fires when the server died. */
  readonly ended: AbortSignal;
}

/** A request that fits its model, until it is answered. */
export class InferenceJob {
  /** Rows of the request; 0 for a model without a batch axis. */
  readonly rowCount: number;
  private readonly arrivedAtMs = performance.now();
  private readonly countCancel = (): void => this.served.model.script.count('cancels');

  /** @throws FakeTritonError for a request that does not fit */
  constructor(
    private readonly request: InferMessage,
    private readonly served: ServedVersion,
    private readonly locations: TensorLocations,
    private readonly signals: JobSignals,
    private readonly sink: AnswerSink,
  ) {
    const { inputs, outputs } = locations;
    this.rowCount = checkRequest(served.model.completed.config, { id: request.id, inputs, outputs });
  }

  /** Counts a cancel from now on until the request is over. */
  watchSignal(): void {
    this.signals.signal.addEventListener('abort', this.countCancel, { once: true });
  }

  /** Runs the model and answers. Never rejects. */
  async run(): Promise<void> {
    const { ended } = this.signals;
    // A dead server does nothing more; that its callers are gone is counted as their connections end.
    if (ended.aborted) return;
    const startedAtMs = performance.now();
    try {
      await this.answerAll();
      if (!ended.aborted) this.finish(undefined, startedAtMs, false);
    } catch (error) {
      if (ended.aborted) return;
      this.served.model.script.count('failures');
      // To Triton an error that the model itself answers with is an answer.
      const isAnswer = error instanceof FakeTritonError;
      this.finish(isAnswer ? error : this.unexpected(error), startedAtMs, !isAnswer);
    }
  }

  /** Ends the request without a run, because it is late or cancelled. */
  reject(error: FakeTritonError): void {
    if (error.status === 'UNAVAILABLE') this.served.model.script.count('expirations');
    this.finish(error, undefined, true);
  }

  private async answerAll(): Promise<void> {
    const { script, definition } = this.served.model;
    const { ended, signal } = this.signals;
    if (script.delayMs > 0) await sleep(script.delayMs, undefined, { signal: ended });
    const failure = script.takeFailure();
    if (failure !== undefined) throw failure;
    const { id, modelName, parameters } = this.request;
    const result = definition.run(this.inputs(), {
      modelName,
      version: this.served.version,
      id,
      parameters: parameterValues(parameters),
      rowCount: this.rowCount,
      signal: AbortSignal.any([signal, ended]),
    });
    if (!isIterable(result)) {
      this.answer(await result);
      return;
    }
    for await (const outputs of result) {
      if (signal.aborted || ended.aborted) break;
      this.answer(outputs);
    }
  }

  private answer(outputs: FakeOutputs): void {
    if (this.signals.ended.aborted) return;
    const { model } = this.served;
    const { rowCount } = this;
    const { id } = this.request;
    const response = buildAnswer(this.served, { id, rowCount }, outputs, this.locations.outputs);
    model.script.count('answers');
    this.sink.answer(response);
  }

  private inputs(): FakeInputs {
    const { maxBatchSize } = this.served.model.completed.config;
    const isEmptyBatch = maxBatchSize > 0 && this.rowCount === 0;
    return new FakeInputs(
      new Map(this.locations.inputs.map((input) => [input.name, tensorOf(input, isEmptyBatch)])),
    );
  }

  private unexpected(error: unknown): FakeTritonError {
    const { name } = this.served.model.completed.config;
    return new FakeTritonError(
      'INTERNAL',
      `Failed to process the request(s) for model '${name}_0', message: ${String(error)}\n`,
    );
  }

  private finish(
    error: FakeTritonError | undefined,
    startedAtMs: number | undefined,
    isFailed: boolean,
  ): void {
    const { statistics } = this.served;
    const { rowCount, arrivedAtMs } = this;
    this.signals.signal.removeEventListener('abort', this.countCancel);
    this.locations[Symbol.dispose]();
    statistics.add({ rowCount, arrivedAtMs, startedAtMs, isFailed });
    this.sink.end(error);
  }
}

function tensorOf({ name, datatype, shape, bytes }: LocatedInput, isEmptyBatch: boolean): FakeTensor {
  if (!isDatatype(datatype)) throw new TypeError(`${datatype} is no datatype`);
  const data = fromRawContents(name, datatype, bytes);
  // As Triton hands it over: of no rows there is one, without the batch axis.
  return { datatype, shape: isEmptyBatch ? shape.slice(1) : shape, data };
}

function isIterable(
  result: FakeOutputs | Promise<FakeOutputs> | AsyncIterable<FakeOutputs>,
): result is AsyncIterable<FakeOutputs> {
  return Symbol.asyncIterator in result;
}
