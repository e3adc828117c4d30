import type { Datatype, TensorData, TensorDataByType } from '@pairstream/triton-client';
import { FakeTritonError } from '../fake-triton-error.js';

/** A tensor. */
export interface FakeTensor<D extends Datatype = Datatype> {
  readonly datatype: D;
  /** The batch axis first, where the model has one. */
  readonly shape: readonly number[];
  readonly data: TensorDataByType[D];
}

/** The inputs of one request, by name. All of them fit the model's configuration. */
export class FakeInputs {
  constructor(private readonly tensors: ReadonlyMap<string, FakeTensor>) {}

  /** Names, in the order of the request. Optional inputs may be missing. */
  get names(): string[] {
    return [...this.tensors.keys()];
  }

  /** An input, or undefined where the request has none of that name. */
  find(name: string): FakeTensor | undefined {
    return this.tensors.get(name);
  }

  /**
   * An input of a known datatype, with its elements in the array that holds that type.
   * @throws FakeTritonError INTERNAL when the request has none, or the model declares it of another type
   */
  get<D extends Datatype>(name: string, datatype: D): FakeTensor<D> {
    const tensor = this.tensors.get(name);
    if (tensor !== undefined && isOf(tensor, datatype)) return tensor;
    const seen = tensor === undefined ? 'none' : tensor.datatype;
    throw new FakeTritonError('INTERNAL', `input ${name}: ${seen}, expected ${datatype}`);
  }
}

function isOf<D extends Datatype>(
  tensor: { readonly datatype: Datatype; readonly data: TensorData },
  datatype: D,
): tensor is FakeTensor<D> {
  return tensor.datatype === datatype;
}
