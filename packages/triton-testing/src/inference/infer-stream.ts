import { FakeTritonError } from '../fake-triton-error.js';
import { decodeInferMessage, type InferMessage } from './infer-message.js';
import type { Inference } from './inference.js';
import type { ModelRegistry } from '../models/model-registry.js';
import { readRequestSettings } from './request-parameters.js';

/** Takes the answers of a ModelStreamInfer call. */
export interface StreamSink {
  /** @param fields of an inference.ModelStreamInferResponse */
  readonly send: (fields: object) => void;
  /** Ends the call with a status. */
  readonly fail: (error: FakeTritonError) => void;
  /** Ends the call well. */
  readonly end: () => void;
}

/** Answers to one request. They are sent after the answers of all earlier requests, unless the model is decoupled. */
interface Slot {
  readonly messages: object[];
  isOver: boolean;
  isOrdered: boolean;
}

/** One ModelStreamInfer call: answers keep the order of their requests, but for those of decoupled models. */
export class InferStream {
  private readonly ordered: Slot[] = [];
  private openCount = 0;
  private isHalfClosed = false;

  /**
   * @param signal fires when the caller cancelled or its deadline passed
   * @param failsWhole true if a failed run ends the call, false if it is answered by a message with the error
   */
  constructor(
    private readonly registry: ModelRegistry,
    private readonly inference: Inference,
    private readonly signal: AbortSignal,
    private readonly sink: StreamSink,
    private readonly failsWhole: boolean,
  ) {}

  /** Takes one request. @throws FakeTritonError INTERNAL for bytes that are none */
  take(message: Uint8Array): void {
    const request = decodeInferMessage(message);
    const slot = this.open();
    try {
      this.accept(request, slot);
    } catch (error) {
      if (!(error instanceof FakeTritonError)) throw error;
      this.put(slot, { errorMessage: error.message, inferResponse: { id: request.id } });
      this.close(slot);
    }
  }

  /** No more requests come; the call ends when all are answered. */
  halfClose(): void {
    this.isHalfClosed = true;
    this.endIfDone();
  }

  private accept(request: InferMessage, slot: Slot): void {
    const served = this.registry.find(request.modelName, request.modelVersion);
    const { model } = served;
    const { wantsFinalResponse } = readRequestSettings(request.parameters);
    if (model.isDecoupled) this.takeOutOfOrder(slot);
    this.inference.accept(request, served, this.signal, {
      answer: (answer) =>
        this.put(slot, { inferResponse: { ...answer, parameters: finalResponse(!model.isDecoupled) } }),
      end: (error) => {
        const { modelName, id } = request;
        const ending = { modelName, id, parameters: finalResponse(true) };
        if (error !== undefined && this.failsWhole) this.sink.fail(error);
        else if (error !== undefined) this.put(slot, { errorMessage: error.message, inferResponse: ending });
        else if (model.isDecoupled && wantsFinalResponse) this.put(slot, { inferResponse: ending });
        this.close(slot);
      },
    });
  }

  private open(): Slot {
    const slot = { messages: [], isOver: false, isOrdered: true };
    this.ordered.push(slot);
    this.openCount += 1;
    return slot;
  }

  private takeOutOfOrder(slot: Slot): void {
    slot.isOrdered = false;
    this.ordered.splice(this.ordered.indexOf(slot), 1);
    this.flush();
  }

  private put(slot: Slot, message: object): void {
    slot.messages.push(message);
    this.flush(slot);
  }

  private close(slot: Slot): void {
    slot.isOver = true;
    this.openCount -= 1;
    this.flush(slot);
    this.endIfDone();
  }

  private flush(changed?: Slot): void {
    if (changed !== undefined && !changed.isOrdered) this.sendAll(changed);
    for (let [first] = this.ordered; first !== undefined; [first] = this.ordered) {
      this.sendAll(first);
      if (!first.isOver) return;
      this.ordered.shift();
    }
  }

  private sendAll(slot: Slot): void {
    for (const message of slot.messages.splice(0)) this.sink.send(message);
  }

  private endIfDone(): void {
    if (this.isHalfClosed && this.openCount === 0) this.sink.end();
  }
}

function finalResponse(isFinal: boolean): object {
  return { triton_final_response: { boolParam: isFinal } };
}
