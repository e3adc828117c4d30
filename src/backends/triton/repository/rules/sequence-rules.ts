import { join } from 'node:path';
import type { ModelConfig, SequenceBatching } from '@pairstream/triton-client/messages';
import { type Finding, finding, type LocatedFinding } from '../finding.js';
import { type ModelFolder, rawDataProblem } from '../files/model-folder.js';
import { byteLengthOf } from './tensor-shapes.js';

type Control = SequenceBatching['controlInput'][number]['control'][number];

const CORRELATION = 'CONTROL_SEQUENCE_CORRID';
const CORRELATION_TYPES = ['TYPE_UINT64', 'TYPE_INT64', 'TYPE_UINT32', 'TYPE_INT32', 'TYPE_STRING'];

/** Checks the controls, the strategy and the initial states of a sequence batcher. */
export function checkSequence({ sequenceBatching, maxBatchSize }: ModelConfig): Finding[] {
  if (sequenceBatching == null) return [];
  const { direct, oldest } = sequenceBatching;
  const refuse = (field: string, problem: string): Finding =>
    finding('sequence-batching', `sequence_batching.${field}`, problem);
  const findings = checkControls(sequenceBatching, refuse);
  const utilization = direct?.minimumSlotUtilization ?? 0;
  if (!(utilization >= 0 && utilization <= 1))
    findings.push(refuse('direct.minimum_slot_utilization', `${utilization}, expected 0 to 1`));
  for (const size of oldest?.preferredBatchSize ?? [])
    if (size < 1 || size > maxBatchSize)
      findings.push(
        refuse('oldest.preferred_batch_size', `${size}, expected 1 to max_batch_size, ${maxBatchSize}`),
      );
  for (const { inputName, initialState } of sequenceBatching.state)
    if (initialState.some(({ name }) => name === ''))
      findings.push(refuse(`state.${inputName}.initial_state.name`, 'none, expected one'));
  return findings;
}

/** Checks that the files of initial states are in `initial_state/`. */
export function checkInitialStateFiles(
  { name: model, path }: ModelFolder,
  { sequenceBatching }: ModelConfig,
): LocatedFinding[] {
  const states = sequenceBatching?.state ?? [];
  return states.flatMap(({ inputName, initialState }) =>
    initialState.flatMap(({ dataFile, dataType, dims }) => {
      if (dataFile === undefined || dataFile === '') return [];
      const file = join(path, 'initial_state', dataFile);
      const field = `sequence_batching.state.${inputName}.initial_state.data_file`;
      const problem = rawDataProblem(file, byteLengthOf({ dataType, dims }));
      return problem === undefined
        ? []
        : { ...finding('initial-state-missing', field, problem), model, file };
    }),
  );
}

function checkControls(
  { controlInput }: SequenceBatching,
  refuse: (field: string, problem: string) => Finding,
): Finding[] {
  const kinds = new Set<string>();
  return controlInput.flatMap(({ name, control }, i) =>
    control.flatMap((each, j) => {
      const field = `control_input[${i}].control[${j}]`;
      if (name === '') return refuse(`control_input[${i}].name`, 'none, expected one');
      if (kinds.has(each.kind)) return refuse(field, `${each.kind} again, expected one control of a kind`);
      kinds.add(each.kind);
      const problem = controlProblem(each);
      return problem === undefined ? [] : refuse(field, problem);
    }),
  );
}

function controlProblem({ kind, dataType, ...values }: Control): string | undefined {
  const given = [values.int32FalseTrue, values.fp32FalseTrue, values.boolFalseTrue].filter(
    (each) => each.length > 0,
  );
  if (kind === CORRELATION) {
    if (given.length > 0) return 'values for false and true, expected data_type alone for a correlation id';
    if (CORRELATION_TYPES.includes(dataType)) return undefined;
    return `data_type ${dataType}, expected one of ${CORRELATION_TYPES.join(', ')}`;
  }
  if (given.length === 1 && given[0]?.length === 2) return undefined;
  return `${given.length} lists of values, expected two values, false and true, in one of int32_false_true, fp32_false_true, bool_false_true`;
}
