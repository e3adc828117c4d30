import type { EnsembleStep, ModelConfig } from '@pairstream/triton-client/messages';
import { type Finding, finding } from '../finding.js';

const STEP = 'ensemble_scheduling.step';

/**
 * Checks that every ensemble tensor is written once and used, and that no step waits for a tensor that is never written.
 * @param steps with a model name and both maps
 */
export function checkDataFlow({ input, output }: ModelConfig, steps: readonly EnsembleStep[]): Finding[] {
  const twice = writtenTwice(steps);
  if (twice.length > 0) return twice;
  const inputs = input.map(({ name }) => name);
  const outputs = output.map(({ name }) => name);
  const written = steps.flatMap(({ outputMap }) => Object.values(outputMap));
  const used = steps.flatMap(({ inputMap }) => Object.values(inputMap));
  const unusedInput = inputs.find((name) => !used.includes(name));
  if (unusedInput !== undefined)
    return [
      finding('ensemble-tensors', `input.${unusedInput}`, 'in no input_map, expected in one of a step'),
    ];
  const unwritten = outputs.find((name) => !written.includes(name));
  if (unwritten !== undefined)
    return [
      finding('ensemble-tensors', `output.${unwritten}`, 'in no output_map, expected in one of a step'),
    ];
  return [...unreadOutputs(steps, [...used, ...outputs]), ...neverReady(steps, inputs)];
}

function writtenTwice(steps: readonly EnsembleStep[]): Finding[] {
  const seen = new Set<string>();
  return steps.flatMap(({ outputMap }, i) =>
    Object.entries(outputMap).flatMap(([name, tensor]) => {
      if (!seen.has(tensor)) {
        seen.add(tensor);
        return [];
      }
      const problem = `"${tensor}" is written twice, expected one output_map entry per ensemble tensor`;
      return finding('ensemble-tensors', `${STEP}[${i}].output_map.${name}`, problem);
    }),
  );
}

function unreadOutputs(steps: readonly EnsembleStep[], used: readonly string[]): Finding[] {
  return steps.flatMap(({ outputMap }, i) =>
    Object.entries(outputMap)
      .filter(([, tensor]) => !used.includes(tensor))
      .map(([name, tensor]) =>
        finding(
          'ensemble-tensors',
          `${STEP}[${i}].output_map.${name}`,
          `"${tensor}" is unused, expected a step or an output of the ensemble that takes it`,
        ),
      ),
  );
}

/** Steps that wait for ever; the first tensor of each that no earlier step gives. */
function neverReady(steps: readonly EnsembleStep[], inputs: readonly string[]): Finding[] {
  const ready = new Set(inputs);
  const waiting = new Set(steps.keys());
  for (let before = -1; before !== waiting.size;) {
    before = waiting.size;
    for (const i of waiting) {
      const { inputMap = {}, outputMap = {} } = steps[i] ?? {};
      if (!Object.values(inputMap).every((tensor) => ready.has(tensor))) continue;
      for (const tensor of Object.values(outputMap)) ready.add(tensor);
      waiting.delete(i);
    }
  }
  return [...waiting].slice(0, 1).map((i) => {
    const [name, tensor] =
      Object.entries(steps[i]?.inputMap ?? {}).find(([, each]) => !ready.has(each)) ?? [];
    const problem = `"${tensor}" is never written before step ${i} needs it, expected an input of the ensemble or the output of another step`;
    return finding('ensemble-tensors', `${STEP}[${i}].input_map.${name}`, problem);
  });
}
