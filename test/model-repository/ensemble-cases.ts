import { ensemble, GROUP, IN, loads, OUT, py, refused, type RepositoryCase, WX } from './repository-case.js';

type Names = Readonly<Record<string, string>>;

const entries = (field: string, names: Names): string =>
  Object.entries(names)
    .map(([key, value]) => `${field} { key: "${key}" value: "${value}" }`)
    .join(' ');
const step = (model: string, inputs: Names, outputs: Names, version = -1): string =>
  `step { model_name: "${model}" model_version: ${version} ${entries('input_map', inputs)} ${entries('output_map', outputs)} }`;
const XY = step('plain', { x: 'x' }, { y: 'y' });

/** Ensembles, and whether NVIDIA's Triton loads them. Their steps are models of MODEL_CASES. */
export const ENSEMBLE_CASES: readonly RepositoryCase[] = [
  loads('ensemble_ok', ensemble(XY), { hasFile: false }),
  refused('ensemble_nover', ensemble(XY), { versions: [] }),
  refused('ensemble_nostep', ensemble(''), { hasFile: false }),
  refused('ensemble_nosched', ['platform: "ensemble"', 'max_batch_size: 8', IN, OUT].join('\n'), {
    hasFile: false,
  }),
  refused(
    'ensemble_backend',
    ['backend: "ensemble"', 'max_batch_size: 8', IN, OUT, `ensemble_scheduling { ${XY} }`].join('\n'),
    { hasFile: false },
  ),
  refused('ensemble_only_sched', ['max_batch_size: 8', IN, OUT, `ensemble_scheduling { ${XY} }`].join('\n'), {
    hasFile: false,
  }),
  refused('ensemble_py_sched', py({ batch: `ensemble_scheduling { ${XY} }` })),
  refused(
    'ensemble_dyn',
    ['platform: "ensemble"', 'max_batch_size: 8', IN, OUT, 'dynamic_batching {}'].join('\n'),
    { hasFile: false },
  ),
  refused('ensemble_group', ensemble(XY, { more: GROUP }), { hasFile: false }),
  refused('ensemble_noname', ensemble(step('', { x: 'x' }, { y: 'y' })), { hasFile: false }),
  refused('ensemble_missing', ensemble(step('absent', { x: 'x' }, { y: 'y' })), { hasFile: false }),
  refused('ensemble_ver9', ensemble(step('plain', { x: 'x' }, { y: 'y' }, 9)), { hasFile: false }),
  refused('ensemble_ver0', ensemble(step('plain', { x: 'x' }, { y: 'y' }, 0)), { hasFile: false }),
  refused('ensemble_ver_m2', ensemble(step('plain', { x: 'x' }, { y: 'y' }, -2)), { hasFile: false }),
  refused('ensemble_self', ensemble(step('ensemble_self', { x: 'x' }, { y: 'y' })), { hasFile: false }),
  refused('ensemble_cyc_a', ensemble(step('ensemble_cyc_b', { x: 'x' }, { y: 'y' })), { hasFile: false }),
  refused('ensemble_cyc_b', ensemble(step('ensemble_cyc_a', { x: 'x' }, { y: 'y' })), { hasFile: false }),
  loads('ensemble_nested', ensemble(step('ensemble_ok', { x: 'x' }, { y: 'y' })), { hasFile: false }),
  refused('ensemble_on_broken', ensemble(step('ensemble_missing', { x: 'x' }, { y: 'y' })), {
    hasFile: false,
    differs: 'told once, at ensemble_missing',
  }),
  refused('ensemble_on_refused', ensemble(step('general_zero', { x: 'x' }, { y: 'y' })), { hasFile: false }),
  refused('ensemble_noin', ensemble(step('plain', {}, { y: 'y' })), { hasFile: false }),
  refused('ensemble_noout', ensemble(step('plain', { x: 'x' }, {})), { hasFile: false }),
  refused('ensemble_badin', ensemble(step('plain', { q: 'x' }, { y: 'y' })), { hasFile: false }),
  refused('ensemble_badin2', ensemble(step('plain', { x: 'x', q: 'x' }, { y: 'y' })), { hasFile: false }),
  refused('ensemble_badout', ensemble(step('plain', { x: 'x' }, { q: 'y' })), { hasFile: false }),
  refused('ensemble_badout2', ensemble(step('plain', { x: 'x' }, { y: 'y', q: 'r' })), { hasFile: false }),
  refused('ensemble_missin', ensemble(step('two_in', { x: 'x' }, { y: 'y' })), { hasFile: false }),
  loads('ensemble_optin', ensemble(step('opt_in', { x: 'x' }, { y: 'y' })), { hasFile: false }),
  loads('ensemble_unusedout', ensemble(step('two_out', { x: 'x' }, { y: 'y' })), { hasFile: false }),
  refused('ensemble_unusedtensor', ensemble(step('two_out', { x: 'x' }, { y: 'y', w: 'w' })), {
    hasFile: false,
  }),
  refused(
    'ensemble_duptarget',
    ensemble(step('plain', { x: 'x' }, { y: 'y' }) + step('plain', { x: 'x' }, { y: 'y' })),
    { hasFile: false },
  ),
  refused('ensemble_duptarget1', ensemble(step('two_out', { x: 'x' }, { y: 'y', w: 'y' })), {
    hasFile: false,
  }),
  refused(
    'ensemble_dupkey',
    ensemble(
      `step { model_name: "plain" model_version: -1 input_map { key: "x" value: "x" } output_map { key: "y" value: "y" } output_map { key: "y" value: "z" } }`,
    ),
    { hasFile: false },
  ),
  refused(
    'ensemble_unused_in',
    ensemble(XY, {
      in: 'input [ { name: "x" data_type: TYPE_FP32 dims: [ 4 ] }, { name: "z" data_type: TYPE_FP32 dims: [ 4 ] } ]',
    }),
    { hasFile: false },
  ),
  refused(
    'ensemble_unwritten',
    ensemble(XY, {
      out: 'output [ { name: "y" data_type: TYPE_FP32 dims: [ 4 ] }, { name: "z" data_type: TYPE_FP32 dims: [ 4 ] } ]',
    }),
    { hasFile: false },
  ),
  refused('ensemble_nosource', ensemble(step('two_in', { x: 'x', z: 'ghost' }, { y: 'y' })), {
    hasFile: false,
  }),
  refused(
    'ensemble_loop',
    ensemble(step('plain', { x: 'b' }, { y: 'a' }) + step('two_in', { x: 'a', z: 'x' }, { y: 'b' }) + XY),
    { hasFile: false },
  ),
  refused(
    'ensemble_loop_out',
    ensemble(step('plain', { x: 'b' }, { y: 'y' }) + step('two_in', { x: 'y', z: 'x' }, { y: 'b' })),
    { hasFile: false },
  ),
  refused(
    'ensemble_input_written',
    ensemble(step('plain', { x: 'y0' }, { y: 'x' }) + step('plain', { x: 'x' }, { y: 'y' })),
    { hasFile: false },
  ),
  refused('ensemble_input_written2', ensemble(step('plain', { x: 'x' }, { y: 'x' })), { hasFile: false }),
  refused(
    'ensemble_passthrough',
    ensemble(step('plain', { x: 'x' }, { y: 'a' }), { out: OUT.replace('"y"', '"x"') }),
    { hasFile: false },
  ),
  refused('ensemble_type_in', ensemble(step('ints', { x: 'x' }, { y: 'y' })), { hasFile: false }),
  refused('ensemble_type_out', ensemble(XY, { out: OUT.replace('FP32', 'INT32') }), { hasFile: false }),
  refused('ensemble_shape_in', ensemble(XY, { in: IN.replace('4', '5') }), { hasFile: false }),
  refused('ensemble_shape_out', ensemble(XY, { out: OUT.replace('4', '5') }), { hasFile: false }),
  refused(
    'ensemble_shape_mid',
    ensemble(step('wide', { x: 'x' }, { y: 'a' }) + step('plain', { x: 'a' }, { y: 'y' })),
    { hasFile: false },
  ),
  refused(
    'ensemble_type_mid',
    ensemble(step('plain', { x: 'x' }, { y: 'a' }) + step('ints', { x: 'a' }, { y: 'y' })),
    { hasFile: false },
  ),
  refused('ensemble_rank', ensemble(XY, { in: IN.replace('[ 4', '[ 1, 4') }), { hasFile: false }),
  loads('ensemble_wild', ensemble(step('any', { x: 'x' }, { y: 'y' })), { hasFile: false }),
  loads('ensemble_wild_in', ensemble(XY, { in: IN.replace('4', '-1') }), { hasFile: false }),
  loads(
    'ensemble_wild_mid',
    ensemble(step('any', { x: 'x' }, { y: 'a' }) + step('plain', { x: 'a' }, { y: 'y' })),
    { hasFile: false },
  ),
  refused(
    'ensemble_wild_conflict',
    ensemble(
      step('any', { x: 'x' }, { y: 'a' }) +
        step('plain', { x: 'a' }, { y: 'b' }) +
        step('wide', { x: 'b' }, { y: 'y' }),
    ),
    { hasFile: false },
  ),
  refused('ensemble_batch', ensemble(step('small', { x: 'x' }, { y: 'y' })), { hasFile: false }),
  loads('ensemble_batch_ok', ensemble(step('small', { x: 'x' }, { y: 'y' }), { max: 'max_batch_size: 4' }), {
    hasFile: false,
  }),
  loads(
    'ensemble_batch0',
    ensemble(XY, {
      max: 'max_batch_size: 0',
      in: IN.replace('[ 4', '[ -1, 4'),
      out: OUT.replace('[ 4', '[ -1, 4'),
    }),
    { hasFile: false },
  ),
  loads('ensemble_batch0_flat', ensemble(XY, { max: 'max_batch_size: 0' }), { hasFile: false }),
  loads(
    'ensemble_unb_step',
    ensemble(step('unbatched', { x: 'x' }, { y: 'y' }), {
      max: 'max_batch_size: 0',
      in: IN.replace('[ 4', '[ -1, 4'),
      out: OUT.replace('[ 4', '[ -1, 4'),
    }),
    { hasFile: false },
  ),
  loads('ensemble_unb_step_b', ensemble(step('unbatched', { x: 'x' }, { y: 'y' })), { hasFile: false }),
  loads(
    'ensemble_unb_step_b2',
    ensemble(step('unbatched', { x: 'x' }, { y: 'y' }), {
      in: IN.replace('[ 4', '[ -1, 4'),
      out: OUT.replace('[ 4', '[ -1, 4'),
    }),
    { hasFile: false },
  ),
  loads('ensemble_decoupled', ensemble(step('decoupled', { x: 'x' }, { y: 'y' })), { hasFile: false }),
  loads('ensemble_cache', ensemble(XY, { more: 'response_cache { enable: true }' }), { hasFile: false }),
  refused('ensemble_warm', ensemble(XY, { more: `model_warmup [ { name: "w" batch_size: 1 ${WX} } ]` }), {
    hasFile: false,
  }),
  loads('ensemble_seq', ensemble(step('sequence_ok', { x: 'x' }, { y: 'y' })), { hasFile: false }),
  refused('ensemble_seq_ctl', ensemble(step('sequence_ok', { x: 'x', START: 'x' }, { y: 'y' })), {
    hasFile: false,
  }),
  refused('ensemble_noio', ensemble(XY, { in: '', out: '' }), { hasFile: false }),
  refused('ensemble_notype', ensemble(XY, { in: 'input [ { name: "x" dims: [ 4 ] } ]' }), { hasFile: false }),
  refused('ensemble_nodims', ensemble(XY, { in: 'input [ { name: "x" data_type: TYPE_FP32 } ]' }), {
    hasFile: false,
  }),
  refused('ensemble_neg', ensemble(XY, { max: 'max_batch_size: -1' }), { hasFile: false }),
  refused('ensemble_emptyval', ensemble(step('plain', { x: '' }, { y: 'y' })), { hasFile: false }),
  refused('ensemble_emptyout', ensemble(step('plain', { x: 'x' }, { y: '' })), { hasFile: false }),
  loads('ensemble_reshape', ensemble(step('reshape_ok', { x: 'x' }, { y: 'y' })), { hasFile: false }),
  refused('ensemble_dead', ensemble(XY + step('plain', { x: 'x' }, { y: 'dead' })), { hasFile: false }),
];
