import { spoil } from './answer-faults.js';
import { classify } from '../tensors/classification.js';
import type { FakeOutputs } from '../fake-model.js';
import { FakeTritonError } from '../fake-triton-error.js';
import { type OutputTensor, outputTensors } from '../tensors/output-tensors.js';
import type { ServedVersion } from '../models/served-model.js';
import type { LocatedOutput } from '../tensors/tensor-locations.js';

/**
 * Fields of an inference.ModelInferResponse: elements as raw contents, or in shared memory with an empty entry in their place.
 * @param requested which outputs are wanted and where; all of them when there is none
 * @throws FakeTritonError INTERNAL for outputs that do not fit, or are larger than their place
 */
export function buildAnswer(
  { model, version }: ServedVersion,
  { id, rowCount }: { readonly id: string; readonly rowCount: number },
  outputs: FakeOutputs,
  requested: readonly LocatedOutput[],
): object {
  const { config } = model.completed;
  const hasBatchAxis = config.maxBatchSize > 0;
  const placed = outputTensors(config, outputs, rowCount).flatMap((tensor) => {
    const place = requested.find(({ name }) => name === tensor.name);
    if (place === undefined && requested.length > 0) return [];
    const { classCount } = place ?? {};
    const spoilt = spoil(tensor, model.script.answerFault);
    return { place, tensor: classCount === undefined ? spoilt : classify(spoilt, classCount, hasBatchAxis) };
  });
  return {
    modelName: config.name,
    modelVersion: version,
    id,
    outputs: placed.map(({ tensor: { name, datatype, shape } }) => ({ name, datatype, shape })),
    rawOutputContents: placed.map(({ tensor, place }) => put(tensor, place)),
  };
}

function put({ name, bytes }: OutputTensor, place: LocatedOutput | undefined): Uint8Array {
  const memory = place?.sharedMemory;
  if (memory === undefined) return bytes;
  if (memory.byteSize < bytes.byteLength)
    throw new FakeTritonError(
      'INTERNAL',
      `shared memory size specified with the request for output '${name}' (${memory.byteSize} bytes) should be at least ${bytes.byteLength} bytes to hold the results`,
    );
  memory.write(bytes);
  return new Uint8Array(0);
}
