import type { Datatype } from '@pairstream/triton-client';
import type { FakeModel } from '../fake-model.js';

/** Options of an identity model. */
export interface IdentityModelOptions {
  /** Default 64. */
  readonly maxBatchSize?: number;
  /** Dimensions of each tensor without the batch axis. Default [-1]: any number of elements. */
  readonly dims?: readonly number[];
}

/** A model that gives every input back: `x` as `x_out`. @param inputs datatypes by name; requests may leave out any of them */
export function identityModel(
  name: string,
  inputs: Readonly<Record<string, Datatype>>,
  { maxBatchSize = 64, dims = [-1] }: IdentityModelOptions = {},
): FakeModel {
  const tensors = Object.entries(inputs).map(([tensor, datatype]) => ({
    name: tensor,
    dataType: datatype === 'BYTES' ? 'TYPE_STRING' : `TYPE_${datatype}`,
    dims,
  }));
  return {
    config: {
      name,
      maxBatchSize,
      input: tensors.map((tensor) => ({ ...tensor, optional: true })),
      output: tensors.map((tensor) => ({ ...tensor, name: `${tensor.name}_out` })),
    },
    run: (given) =>
      Object.fromEntries(
        given.names.flatMap((tensor) => {
          const found = given.find(tensor);
          return found === undefined ? [] : [[`${tensor}_out`, found]];
        }),
      ),
  };
}
