/** How bad a finding is: with an error a server does not load the model, or a gateway cannot rely on it. */
export type Severity = 'error' | 'warning';

/** One row of the rules: its severity, and one sentence for docs/reference/model-rules.md. */
export interface Rule {
  readonly severity: Severity;
  /** True if Triton does not load a model with such a finding. A test compares these rules with a real server. */
  readonly isRefused: boolean;
  /** Why what it finds is a fault. */
  readonly meaning: string;
}

const refused = (meaning: string): Rule => ({ severity: 'error', isRefused: true, meaning });
const error = (meaning: string): Rule => ({ severity: 'error', isRefused: false, meaning });
const warning = (meaning: string): Rule => ({ severity: 'warning', isRefused: false, meaning });

/** Every rule by its stable id. docs/reference/model-rules.md is generated from this table. */
export const RULES = {
  'config-missing': refused(
    'A model folder without `config.pbtxt`, and without a model file from which Triton completes one.',
  ),
  'config-completed': warning(
    'A model folder without `config.pbtxt`: Triton completes one from the model file, without a bound for the queue.',
  ),
  'config-syntax': refused('`config.pbtxt` is not the text of a model configuration; the server refuses it.'),
  'model-name': refused('`name` is not the name of the folder; the server refuses the model.'),
  'version-missing': refused('No folder is named by a whole number: there is no version to load.'),
  'version-name': warning(
    'Triton does not serve a folder that is neither a version nor `warmup`, `initial_state` or `configs`.',
  ),
  'version-misnamed': refused(
    'Triton takes the number at the beginning of a folder name as a version (`2a` as 2), then does not find its folder.',
  ),
  'version-none-loaded': refused('`version_policy` selects none of the versions in the folder.'),
  'version-policy': error('A version of `version_policy` is missing; Triton loads the others.'),
  'backend-missing': refused('Neither `backend` nor `platform` says what runs the model.'),
  'backend-unknown': warning('No backend of NVIDIA has this name; a server needs one of its own.'),
  'platform-unknown': refused('No platform has this name; the server refuses the model.'),
  'model-file-missing': refused('The file the backend reads is not in the version folder.'),
  'model-file-damaged': refused('The model file cannot be read.'),
  'checkpoint-missing': warning(
    'FIL reads `checkpoint.tl`, which is derived from `xgboost.ubj` and not kept in git. The CPU server reads `xgboost.ubj` itself.',
  ),
  'golden-missing': warning('Without golden rows nothing shows that a server answers as the training did.'),
  'golden-mismatch': error('The golden rows are of another model, version or tensor.'),
  'max-batch-size': error('Without a batch axis requests are not merged; FIL takes no such model.'),
  'max-batch-size-negative': refused('`max_batch_size` is negative.'),
  'preferred-batch-size': refused('A preferred size beyond the largest batch; the server refuses the model.'),
  'dynamic-batching-missing': error(
    'Queue policies have an effect with dynamic batching only: the queue has no bound and no timeout.',
  ),
  'queue-policy-missing': error(
    'Without a policy the queue has no bound, and timeouts of requests are ignored.',
  ),
  'queue-timeout-zero': error('With a default timeout of 0 the timeout of a request is ignored.'),
  'queue-timeout-fixed': error('The timeout of a request is ignored unless it may override the default.'),
  'queue-timeout-action': error('Requests that are late stay in the queue instead of being rejected.'),
  'queue-unbounded': error('With a queue size of 0 overload makes every request late, and memory grow.'),
  'priority-level': refused(
    'A priority level that is not among `priority_levels`; the server refuses the model.',
  ),
  'preserve-ordering': refused(
    '`preserve_ordering` allows one priority level, and no DELAY for requests that time out.',
  ),
  'sequence-batching': refused('A control, strategy or state that the sequence batcher does not take.'),
  'initial-state-missing': refused('A file of an initial state is not in `initial_state/`, or too short.'),
  'response-cache': refused('Triton caches no answers of sequence models and decoupled models.'),
  'instance-devices': refused('`gpus` is for KIND_GPU, `profile` is for TensorRT.'),
  'instance-gpu': warning('KIND_GPU is refused by a server without a GPU; KIND_AUTO runs on both.'),
  'instance-count': warning(
    'Without a count the backend chooses; ONNX Runtime takes two instances on a CPU.',
  ),
  'instance-single': warning(
    'With a queue policy a request that comes while the only instance is busy may lie for half a second: Triton wakes its batcher for an idle instance alone.',
  ),
  'tensor-incomplete': refused('A tensor without name, type or dims; the server refuses the model.'),
  reshape: refused('`reshape` has another number of elements than `dims`.'),
  'tensor-format': refused('A tensor format that the backend does not have.'),
  'label-file-missing': refused('A file of class labels is not in the folder of the model.'),
  'ensemble-scheduling': refused(
    'An ensemble without steps, an incomplete step, or a setting ensembles do not have.',
  ),
  'ensemble-model': refused('A step names a model or a version that is not in the repository.'),
  'ensemble-cycle': refused('An ensemble is a step of itself, directly or through other ensembles.'),
  'ensemble-tensors': refused(
    'A tensor of an ensemble is not written, written twice, not used, or not a tensor of the model.',
  ),
  'ensemble-types': refused('An ensemble tensor has two types or shapes.'),
  'ensemble-batch-size': refused('An ensemble takes larger batches than the model of a step.'),
  'fil-input': refused('FIL reads one input: `input__0`, FP32, one dimension.'),
  'fil-output': refused('FIL writes one output: `output__0`, FP32, one dimension (and `treeshap_output`).'),
  'onnx-tensors': refused('Names, types or dims are not those of the ONNX model; the server refuses it.'),
  'onnx-sequence-output': refused(
    'Triton serves tensors only; ZipMap of skl2onnx writes a sequence of maps.',
  ),
  'onnx-external-data': refused('A file with weights of the ONNX model is missing.'),
  'fil-model-type': refused('FIL knows no such format; it refuses the model.'),
  'fil-legacy-format': refused(
    'Without `model_type` FIL expects the binary format that XGBoost writes no more.',
  ),
  'fil-is-classifier': refused('FIL refuses a model that does not say whether it classifies.'),
  'fil-threshold': refused(
    'FIL refuses a classifier without a threshold, even if probabilities are answered.',
  ),
  'fil-boolean': refused('FIL refuses a boolean that is not exactly `true` or `false`.'),
  'fil-classes': error('Without `predict_proba` a classifier answers class numbers, not probabilities.'),
  'fil-key-renamed': warning(
    'A key that has another name since 25.09; the old one is still read, with a warning.',
  ),
  'fil-key-removed': warning('A key that 25.09 took away: it has no effect.'),
  'fil-key-too-new': error('A key that this server knows by its older name only, and therefore passes over.'),
  'fil-multi-target': refused('FIL refuses models with more than one target, or with a vector in each leaf.'),
  'fil-many-outputs': warning(
    'FIL serves an `xgboost.ubj` with many outputs when they are classes, and refuses it when they are targets. The file is not looked into.',
  ),
  'parameter-typo': error('A key that nothing reads, and that is nearly one that is read.'),
  'accelerator-unknown': refused('The ONNX Runtime backend refuses an accelerator it does not know.'),
  'tensorrt-value': refused('The ONNX Runtime backend refuses this value.'),
  'tensorrt-precision': warning('Answers in lower precision leave the golden rows.'),
  'tensorrt-cache': warning('Without a cache engines are built at every start, which is slow.'),
  'tensorrt-cache-prefix': warning(
    'Engines are cached by the shape of the net alone: without a prefix of its own a model may run on the weights of an older one.',
  ),
  'tensorrt-warmup': warning('Engines are built on the first request, which has to wait for them.'),
  'tensorrt-profile': error(
    'A profile that does not fit the inputs: requests fail, or engines are built anew.',
  ),
  'warmup-tensors': refused('A warm-up request that does not fit the inputs; the model does not load.'),
  'warmup-batch': error('A warm-up of 0 rows is skipped.'),
  'warmup-batch-large': refused('A warm-up request is larger than the largest batch.'),
  'warmup-file-missing': refused('A file of warm-up data is not in `warmup/`, or too short.'),
  'pipeline-model-missing': error('The pipeline names a model that is not in the repository.'),
  'pipeline-version': error('The pipeline names a version that is not in the repository.'),
  'pipeline-tensors': error('The pipeline names other tensors, types or widths.'),
  'pipeline-batch-rows': error('The gateway sends larger batches than the model takes.'),
} as const satisfies Record<string, Rule>;

/** Stable id of a rule. */
export type RuleId = keyof typeof RULES;
