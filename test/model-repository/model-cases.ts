import {
  BATCH,
  type ConfigParts,
  IN,
  loads,
  lookup,
  OUT,
  py,
  refused,
  type RepositoryCase,
  SEQ,
  WX,
} from './repository-case.js';

const seq = (text: string): string => py({ batch: `sequence_batching { ${text} }` });
const W = (inputs: string, head = 'name: "w" batch_size: 1', parts: ConfigParts = {}): string =>
  py({ ...parts, more: `model_warmup [ { ${head} ${inputs} } ]` });

/** Single models, and whether NVIDIA's Triton 2.51 and newer loads them. Steps of ensembles come first. */
export const MODEL_CASES: readonly RepositoryCase[] = [
  loads('plain', py()),
  loads('wide', py({ out: OUT.replace('4', '5') })),
  loads('ints', py({ in: IN.replace('FP32', 'INT32') })),
  loads(
    'two_in',
    py({
      in: 'input [ { name: "x" data_type: TYPE_FP32 dims: [ 4 ] }, { name: "z" data_type: TYPE_FP32 dims: [ 4 ] } ]',
    }),
  ),
  loads(
    'opt_in',
    py({
      in: 'input [ { name: "x" data_type: TYPE_FP32 dims: [ 4 ] }, { name: "z" data_type: TYPE_FP32 dims: [ 4 ] optional: true } ]',
    }),
  ),
  loads(
    'two_out',
    py({
      out: 'output [ { name: "y" data_type: TYPE_FP32 dims: [ 4 ] }, { name: "w" data_type: TYPE_FP32 dims: [ 4 ] } ]',
    }),
  ),
  loads('any', py({ in: IN.replace('4', '-1'), out: OUT.replace('4', '-1') })),
  loads('small', py({ max: 'max_batch_size: 4' })),
  loads(
    'unbatched',
    py({
      max: 'max_batch_size: 0',
      batch: '',
      in: IN.replace('[ 4', '[ -1, 4'),
      out: OUT.replace('[ 4', '[ -1, 4'),
    }),
  ),
  loads('decoupled', py({ more: 'model_transaction_policy { decoupled: true }' })),
  refused('text_camel', py({ max: 'maxBatchSize: 8' })),
  refused('text_camel_in', py({ in: IN.replace('data_type', 'dataType') })),
  refused('text_camel_map', py({ more: 'parameters { key: "a" value { stringValue: "b" } }' })),
  refused('text_dup', py({ max: 'max_batch_size: 8 max_batch_size: 8' })),
  refused('text_dup_msg', py({ more: BATCH })),
  refused('text_oneof', py({ more: SEQ })),
  loads('text_enum_num', py({ in: IN.replace('TYPE_FP32', '11') })),
  loads('text_enum_bad_num', py({ in: IN.replace('TYPE_FP32', '77') }), {
    differs: 'Triton keeps the unknown number; no client can read such a configuration',
  }),
  refused('text_enum_lower', py({ in: IN.replace('TYPE_FP32', 'type_fp32') })),
  refused('text_enum_str', py({ in: IN.replace('TYPE_FP32', '"TYPE_FP32"') })),
  loads('text_bool_True', py({ batch: BATCH.replace('true', 'True') })),
  loads('text_bool_1', py({ batch: BATCH.replace('true', '1') })),
  refused('text_bool_TRUE', py({ batch: BATCH.replace('true', 'TRUE') })),
  refused('text_bool_2', py({ batch: BATCH.replace('true', '2') })),
  refused('text_int_float', py({ max: 'max_batch_size: 8.0' })),
  loads('text_int_hex', py({ max: 'max_batch_size: 0x8' })),
  refused('text_int_over', py({ max: 'max_batch_size: 3000000000' })),
  refused('text_int_neg', py({ max: 'max_batch_size: -1' })),
  refused('text_uint_neg', py({ batch: BATCH.replace('256', '-1') })),
  refused('text_int_str', py({ max: 'max_batch_size: "8"' })),
  loads('text_angle', py({ more: 'parameters < key: "a" value < string_value: "b" > >' })),
  loads('text_semicolon', py({ max: 'max_batch_size: 8;' })),
  loads('text_concat', py({ backend: 'backend: "py" "thon"' })),
  refused('text_trailing', py({ in: 'input [ { name: "x" data_type: TYPE_FP32 dims: [ 4, ] }, ]' })),
  refused('text_trailing_msg', py({ in: 'input [ { name: "x" data_type: TYPE_FP32 dims: [ 4 ] }, ]' })),
  loads('text_colon_msg', py({ more: 'parameters: { key: "a" value: { string_value: "b" } }' })),
  refused('text_no_colon', py({ max: 'max_batch_size 8' })),
  refused('text_slash', py({ max: 'max_batch_size: 8 // eight' })),
  refused('text_bom', '\uFEFF' + py()),
  refused('text_json', '{ "backend": "python", "max_batch_size": 8 }'),
  refused('text_unclosed', py({ more: 'parameters { key: "a"' })),
  loads('text_crlf', py().replaceAll('\n', '\r\n')),
  loads('text_unknown', py({ more: 'metric_tags { key: "a" value: "b" }' })),
  refused('text_unknown2', py({ more: 'max_queue_size: 8' })),
  refused('text_list_single', py({ max: 'max_batch_size: [ 8 ]' })),
  loads(
    'text_mapdup',
    py({
      more: 'parameters { key: "a" value { string_value: "b" } } parameters { key: "a" value { string_value: "c" } }',
    }),
  ),
  loads('text_nonutf', py({ more: 'parameters { key: "a" value { string_value: "\\xff" } }' }), {
    differs: 'Triton logs the bytes that are not UTF-8 and goes on',
  }),
  refused('text_newline', py({ backend: 'backend: "pyth\non"' })),
  refused(
    'text_inf',
    py({ more: 'sequence_batching { direct { minimum_slot_utilization: inf } }', batch: '' }),
  ),
  refused('text_group', py({ in: IN.replace('input', 'Input') })),
  refused('text_ext', py({ more: '[foo.bar]: 1' })),
  refused('general_neg', py({ max: 'max_batch_size: -3' })),
  loads('general_nobackend', py({ backend: '' })),
  refused('general_platform', py({ backend: 'platform: "onnx_runtime"' })),
  refused('general_unknown_backend', py({ backend: 'backend: "nope"' }), {
    differs: 'a server may bring a backend of its own: a warning',
  }),
  refused('general_name', 'name: "other"\n' + py()),
  loads('general_both', py({ backend: 'backend: "python" platform: "onnxruntime_onnx"' })),
  loads('general_nobatchzero', py({ max: '' })),
  loads('general_noio', py({ in: '', out: '' })),
  refused('general_notype', py({ in: 'input [ { name: "x" dims: [ 4 ] } ]' })),
  refused('general_nodims', py({ in: 'input [ { name: "x" data_type: TYPE_FP32 } ]' })),
  refused('general_noname', py({ in: 'input [ { data_type: TYPE_FP32 dims: [ 4 ] } ]' })),
  refused('general_zero', py({ in: IN.replace('4', '0') })),
  refused('general_minus2', py({ in: IN.replace('4', '-2') })),
  refused('general_out_zero', py({ out: OUT.replace('4', '0') })),
  refused('general_out_notype', py({ out: 'output [ { name: "y" dims: [ 4 ] } ]' })),
  loads(
    'general_dupin',
    py({
      in: 'input [ { name: "x" data_type: TYPE_FP32 dims: [ 4 ] }, { name: "x" data_type: TYPE_FP32 dims: [ 4 ] } ]',
    }),
  ),
  loads(
    'general_dupout',
    py({
      out: 'output [ { name: "y" data_type: TYPE_FP32 dims: [ 4 ] }, { name: "y" data_type: TYPE_FP32 dims: [ 4 ] } ]',
    }),
  ),
  loads('general_inout', py({ out: OUT.replace('"y"', '"x"') })),
  refused('reshape_size', py({ in: IN.replace('[ 4 ]', '[ 4 ] reshape { shape: [ 5 ] }') })),
  loads('reshape_ok', py({ in: IN.replace('[ 4 ]', '[ 4 ] reshape { shape: [ 2, 2 ] }') })),
  loads('reshape_empty', py({ in: IN.replace('[ 4 ]', '[ 1 ] reshape { shape: [ ] }') })),
  refused('reshape_empty4', py({ in: IN.replace('[ 4 ]', '[ 4 ] reshape { shape: [ ] }') })),
  refused(
    'reshape_empty0',
    py({ max: 'max_batch_size: 0', batch: '', in: IN.replace('[ 4 ]', '[ 1 ] reshape { shape: [ ] }') }),
  ),
  refused('reshape_wild', py({ in: IN.replace('[ 4 ]', '[ -1 ] reshape { shape: [ 4 ] }') })),
  refused('reshape_wild3', py({ in: IN.replace('[ 4 ]', '[ -1, 4 ] reshape { shape: [ 2, -1, 3 ] }') })),
  refused('reshape_neg', py({ in: IN.replace('[ 4 ]', '[ 4 ] reshape { shape: [ 0 ] }') })),
  refused('reshape_out', py({ out: OUT.replace('[ 4 ]', '[ 4 ] reshape { shape: [ 5 ] }') })),
  refused('format_nchw', py({ in: IN.replace('[ 4 ]', '[ 4 ] format: FORMAT_NCHW') })),
  refused('format_shape', py({ in: IN.replace('[ 4 ]', '[ 4 ] is_shape_tensor: true') })),
  refused('format_nonlinear', py({ in: IN.replace('[ 4 ]', '[ 4 ] is_non_linear_format_io: true') })),
  refused('format_label', py({ out: OUT.replace('[ 4 ]', '[ 4 ] label_filename: "labels.txt"') })),
  loads('format_label_ok', py({ out: OUT.replace('[ 4 ]', '[ 4 ] label_filename: "labels.txt"') }), {
    files: { 'labels.txt': 'a\nb\n' },
  }),
  refused('format_shape_out', py({ out: OUT.replace('[ 4 ]', '[ 4 ] is_shape_tensor: true') })),
  refused('batching_pref_big', py({ batch: 'dynamic_batching { preferred_batch_size: 9 }' })),
  refused('batching_pref_zero', py({ batch: 'dynamic_batching { preferred_batch_size: 0 }' })),
  loads('batching_zero_dyn', py({ max: 'max_batch_size: 0' })),
  refused(
    'batching_zero_pref',
    py({ max: 'max_batch_size: 0', batch: 'dynamic_batching { preferred_batch_size: 1 }' }),
  ),
  refused('batching_prio_nodef', py({ batch: 'dynamic_batching { priority_levels: 3 }' })),
  refused(
    'batching_prio_big',
    py({ batch: 'dynamic_batching { priority_levels: 3 default_priority_level: 4 }' }),
  ),
  refused(
    'batching_prio_pol0',
    py({
      batch:
        'dynamic_batching { priority_levels: 3 default_priority_level: 1 priority_queue_policy { key: 0 value { max_queue_size: 3 } } }',
    }),
  ),
  refused(
    'batching_prio_pol4',
    py({
      batch:
        'dynamic_batching { priority_levels: 3 default_priority_level: 1 priority_queue_policy { key: 4 value { max_queue_size: 3 } } }',
    }),
  ),
  loads(
    'batching_prio_pol_none',
    py({ batch: 'dynamic_batching { priority_queue_policy { key: 1 value { max_queue_size: 3 } } }' }),
  ),
  refused(
    'batching_pres_prio',
    py({
      batch: 'dynamic_batching { preserve_ordering: true priority_levels: 2 default_priority_level: 1 }',
    }),
  ),
  loads(
    'batching_pres_prio1',
    py({
      batch: 'dynamic_batching { preserve_ordering: true priority_levels: 1 default_priority_level: 1 }',
    }),
  ),
  refused(
    'batching_pres_delay',
    py({
      batch:
        'dynamic_batching { preserve_ordering: true default_queue_policy { timeout_action: DELAY default_timeout_microseconds: 5 } }',
    }),
  ),
  loads(
    'batching_pres_delay0',
    py({
      batch: 'dynamic_batching { preserve_ordering: true default_queue_policy { timeout_action: DELAY } }',
    }),
  ),
  refused(
    'batching_pres_delay_lvl',
    py({
      batch:
        'dynamic_batching { preserve_ordering: true priority_levels: 1 default_priority_level: 1 priority_queue_policy { key: 1 value { timeout_action: DELAY default_timeout_microseconds: 5 } } }',
    }),
  ),
  loads('batching_none', py({ batch: '' })),
  loads('sequence_ok', py({ batch: SEQ })),
  loads('sequence_none', seq('')),
  refused('sequence_direct_util', seq('direct { minimum_slot_utilization: 2 }')),
  refused('sequence_oldest_pref', seq('oldest { max_candidate_sequences: 4 preferred_batch_size: 9 }')),
  refused(
    'sequence_dup_kind',
    seq(
      'control_input [ { name: "A" control [ { kind: CONTROL_SEQUENCE_START fp32_false_true: [ 0, 1 ] } ] }, { name: "B" control [ { kind: CONTROL_SEQUENCE_START fp32_false_true: [ 0, 1 ] } ] } ]',
    ),
  ),
  refused(
    'sequence_two_types',
    seq(
      'control_input [ { name: "A" control [ { kind: CONTROL_SEQUENCE_START fp32_false_true: [ 0, 1 ] int32_false_true: [ 0, 1 ] } ] } ]',
    ),
  ),
  refused(
    'sequence_one_value',
    seq(
      'control_input [ { name: "A" control [ { kind: CONTROL_SEQUENCE_START fp32_false_true: [ 0 ] } ] } ]',
    ),
  ),
  refused(
    'sequence_no_values',
    seq('control_input [ { name: "A" control [ { kind: CONTROL_SEQUENCE_START } ] } ]'),
  ),
  refused(
    'sequence_no_name',
    seq('control_input [ { control [ { kind: CONTROL_SEQUENCE_START fp32_false_true: [ 0, 1 ] } ] } ]'),
  ),
  loads('sequence_no_control', seq('control_input [ { name: "A" } ]')),
  loads(
    'sequence_corrid',
    seq(
      'control_input [ { name: "A" control [ { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_UINT64 } ] } ]',
    ),
  ),
  refused(
    'sequence_corrid_fp',
    seq('control_input [ { name: "A" control [ { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_FP32 } ] } ]'),
  ),
  refused(
    'sequence_corrid_none',
    seq('control_input [ { name: "A" control [ { kind: CONTROL_SEQUENCE_CORRID } ] } ]'),
  ),
  refused(
    'sequence_corrid_bool',
    seq(
      'control_input [ { name: "A" control [ { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_UINT64 fp32_false_true: [ 0, 1 ] } ] } ]',
    ),
  ),
  refused(
    'sequence_state_init_file',
    seq(
      'state [ { input_name: "i" output_name: "o" data_type: TYPE_FP32 dims: [ 1 ] initial_state { name: "n" data_type: TYPE_FP32 dims: [ 1 ] data_file: "nothere" } } ]',
    ),
  ),
  loads(
    'sequence_state_init_ok',
    seq(
      'state [ { input_name: "i" output_name: "o" data_type: TYPE_FP32 dims: [ 1 ] initial_state { name: "n" data_type: TYPE_FP32 dims: [ 1 ] data_file: "st" } } ]',
    ),
    { files: { 'initial_state/st': 'abcd' } },
  ),
  refused(
    'sequence_state_init_size',
    seq(
      'state [ { input_name: "i" output_name: "o" data_type: TYPE_FP32 dims: [ 1 ] initial_state { name: "n" data_type: TYPE_FP32 dims: [ 1 ] data_file: "st" } } ]',
    ),
    { files: { 'initial_state/st': 'abc' } },
  ),
  loads(
    'sequence_state_init_zero',
    seq(
      'state [ { input_name: "i" output_name: "o" data_type: TYPE_FP32 dims: [ 1 ] initial_state { name: "n" data_type: TYPE_FP32 dims: [ 1 ] zero_data: true } } ]',
    ),
  ),
  refused(
    'sequence_state_init_noname',
    seq(
      'state [ { input_name: "i" output_name: "o" data_type: TYPE_FP32 dims: [ 1 ] initial_state { data_type: TYPE_FP32 dims: [ 1 ] zero_data: true } } ]',
    ),
  ),
  refused('sequence_cache', py({ batch: SEQ, more: 'response_cache { enable: true }' })),
  loads('misc_cache', py({ more: 'response_cache { enable: true }' })),
  refused(
    'misc_cache_dec',
    py({ more: 'response_cache { enable: true } model_transaction_policy { decoupled: true }' }),
  ),
  loads(
    'misc_rate',
    py({
      group:
        'instance_group [ { kind: KIND_CPU count: 1 rate_limiter { resources [ { name: "R" count: 2 } ] priority: 2 } } ]',
    }),
  ),
  loads(
    'misc_opt',
    py({
      more: 'optimization { priority: PRIORITY_MAX cuda { graphs: true } input_pinned_memory { enable: false } }',
    }),
  ),
  refused('instances_gpu', py({ group: 'instance_group [ { kind: KIND_GPU count: 1 } ]' }), {
    differs: 'a server with a GPU loads it: a warning',
  }),
  refused('instances_gpus', py({ group: 'instance_group [ { kind: KIND_CPU count: 1 gpus: [ 0 ] } ]' })),
  refused(
    'instances_auto_gpus',
    py({ group: 'instance_group [ { kind: KIND_AUTO count: 1 gpus: [ 0 ] } ]' }),
    { differs: 'a server with a GPU loads it: a warning' },
  ),
  refused(
    'instances_model_gpus',
    py({ group: 'instance_group [ { kind: KIND_MODEL count: 1 gpus: [ 0 ] } ]' }),
  ),
  refused('instances_gpu7', py({ group: 'instance_group [ { kind: KIND_GPU count: 1 gpus: [ 7 ] } ]' }), {
    differs: 'a server with that GPU loads it: a warning',
  }),
  loads('instances_model', py({ group: 'instance_group [ { kind: KIND_MODEL count: 1 } ]' })),
  loads('instances_zero', py({ group: 'instance_group [ { kind: KIND_CPU count: 0 } ]' })),
  refused('instances_profile', py({ group: 'instance_group [ { kind: KIND_CPU count: 1 profile: "0" } ]' })),
  loads('instances_none', py({ group: '' })),
  loads('warmup_ok', W(WX)),
  loads('warmup_zero_batch', W(WX, 'name: "w" batch_size: 0')),
  refused('warmup_big', W(WX, 'name: "w" batch_size: 9')),
  refused('warmup_unknown', W(WX.replace('"x"', '"q"'))),
  refused('warmup_missing', W('')),
  refused('warmup_dims', W(WX.replace('4', '5'))),
  refused('warmup_type', W(WX.replace('FP32', 'INT32'))),
  refused('warmup_nodata', W(WX.replace('zero_data: true', ''))),
  loads('warmup_zero_false', W(WX.replace('true', 'false'))),
  refused('warmup_file', W(WX.replace('zero_data: true', 'input_data_file: "f"'))),
  refused('warmup_file_short', W(WX.replace('zero_data: true', 'input_data_file: "f"')), {
    files: { 'warmup/f': 'ab' },
  }),
  loads('warmup_file_ok', W(WX.replace('zero_data: true', 'input_data_file: "f"')), {
    files: { 'warmup/f': '0123456789abcdef' },
  }),
  refused('warmup_wild', W(WX.replace('4', '-1'))),
  refused(
    'warmup_unbatched2',
    py({ max: 'max_batch_size: 0', batch: '', more: `model_warmup [ { name: "w" batch_size: 2 ${WX} } ]` }),
  ),
  loads('version_0', lookup(), { versions: ['0'] }),
  refused('version_2a', lookup(), { versions: ['2a'] }),
  refused('version_1_2a', lookup(), { versions: ['1', '2a'] }),
  loads('version_2_2a', lookup(), { versions: ['2', '2a'] }),
  refused('version_01', lookup(), { versions: ['01'] }),
  loads('version_1_02', lookup(), { versions: ['1', '02'] }),
  refused('version_neg', lookup(), { versions: ['-1'] }),
  refused('version_plus', lookup(), { versions: ['1', '+3'] }),
  refused('version_float2', lookup(), { versions: ['1', '2.5'] }),
  refused('version_word', lookup(), { versions: ['one'] }),
  refused('version_none', lookup(), { versions: [] }),
  refused('version_space', lookup(), { versions: ['1', ' 3'] }),
  loads('version_2a_spec1', lookup({ more: 'version_policy { specific { versions: 1 } }' }), {
    versions: ['1', '2a'],
  }),
  refused('version_2a_all', lookup({ more: 'version_policy { all {} }' }), { versions: ['1', '2a'] }),
  loads('version_initial', lookup(), { versions: ['1', 'initial_state'] }),
  loads('version_configs', lookup(), { versions: ['1', 'configs', 'warmup'] }),
  loads('version_spec_part', lookup({ more: 'version_policy { specific { versions: [ 1, 2 ] } }' })),
  refused('version_spec_none', lookup({ more: 'version_policy { specific { versions: [ 2 ] } }' })),
  refused('version_spec_empty', lookup({ more: 'version_policy { specific { } }' })),
  refused('version_latest0', lookup({ more: 'version_policy { latest { num_versions: 0 } }' })),
  loads('version_latest2', lookup({ more: 'version_policy { latest { num_versions: 2 } }' })),
  loads('version_file', lookup(), { versions: ['1'], files: { 2: 'a file' } }),
  loads('version_0_1', lookup(), { versions: ['0', '1'] }),
  refused('version_nofile', lookup(), { versions: ['1'], hasFile: false }),
  loads('folder_noconfig', undefined),
];
