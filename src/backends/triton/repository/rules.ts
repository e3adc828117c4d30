/** Severity of a finding. Error: a server does not load the model, or a gateway cannot rely on it. */
export type Severity = 'error' | 'warning';

/** One rule: its severity, and one sentence for docs/reference/model-rules.md. */
export interface Rule {
  readonly severity: Severity;
  /** True if Triton does not load a model with such a finding. A test compares these rules with a real server. */
  readonly isRefused: boolean;
  /** Reason for the rule, in one sentence. */
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
  'version-missing': refused('No folder has a whole number as its name: there is no version to load.'),
  'version-name': warning(
    'Triton does not serve a folder that is neither a version nor `warmup`, `initial_state` or `configs`.',
  ),
  'version-misnamed': refused(
    'Triton reads the number at the beginning of a folder name as a version (`2a` as 2), and then does not find the folder `2`.',
  ),
  'version-none-loaded': refused('`version_policy` selects none of the versions in the folder.'),
  'version-policy': error('A version of `version_policy` is missing; Triton loads the others.'),
  'backend-missing': refused(
    'Both `backend` and `platform` are missing, so no engine is named for the model.',
  ),
  'backend-unknown': warning('NVIDIA has no backend of this name; the server needs a custom backend.'),
  'platform-unknown': refused('No platform has this name; the server refuses the model.'),
  'model-file-missing': refused('The file that the backend reads is not in the version folder.'),
  'model-file-damaged': refused('The model file cannot be read, or the trees in it are damaged.'),
  'checkpoint-missing': warning(
    'FIL reads `checkpoint.tl`, which is derived from `xgboost.ubj` and is not in git. Triton on a CPU reads `xgboost.ubj`.',
  ),
  'golden-missing': warning(
    'Without golden rows a gateway cannot check that a server gives the same answers as the training library.',
  ),
  'golden-mismatch': error('The golden rows belong to another model, version or tensor.'),
  'max-batch-size': error('Without a batch axis Triton does not merge requests, and FIL refuses the model.'),
  'max-batch-size-negative': refused('`max_batch_size` is negative.'),
  'preferred-batch-size': refused(
    'A preferred batch size is larger than `max_batch_size`; the server refuses the model.',
  ),
  'dynamic-batching-missing': error(
    'Queue policies need dynamic batching: without it the queue has no bound and no timeout.',
  ),
  'queue-policy-missing': error(
    'Without a policy the queue has no bound, and Triton ignores timeouts of requests.',
  ),
  'queue-timeout-zero': error('With a default timeout of 0 Triton ignores timeouts of requests.'),
  'queue-timeout-fixed': error('Triton ignores the timeout of a request unless it may override the default.'),
  'queue-timeout-action': error('Triton keeps late requests in the queue instead of rejecting them.'),
  'queue-unbounded': error(
    'With a queue size of 0 the queue is unbounded: under overload every request becomes late, and memory grows.',
  ),
  'priority-level': refused('A priority level is not among `priority_levels`; the server refuses the model.'),
  'preserve-ordering': refused(
    '`preserve_ordering` allows one priority level, and no DELAY for requests that time out.',
  ),
  'sequence-batching': refused('The sequence batcher does not accept this control, strategy or state.'),
  'initial-state-missing': refused(
    'A file of an initial state is missing from `initial_state/`, or too short.',
  ),
  'response-cache': refused('Triton does not cache answers of sequence models and decoupled models.'),
  'instance-devices': refused('`gpus` is for KIND_GPU, `profile` is for TensorRT.'),
  'instance-gpu': warning('A server without a GPU refuses KIND_GPU; KIND_AUTO works with and without a GPU.'),
  'instance-count': warning(
    'Without a count the backend chooses it; ONNX Runtime uses two instances on a CPU.',
  ),
  'instance-single': warning(
    'With a queue policy, a request that arrives while the only instance is busy may wait half a second longer: Triton wakes its batcher only for an idle instance.',
  ),
  'tensor-incomplete': refused('A tensor without name, type or dims; the server refuses the model.'),
  reshape: refused('`reshape` has another number of elements than `dims`.'),
  'tensor-format': refused('The backend does not have this tensor format.'),
  'label-file-missing': refused('A file of class labels is not in the folder of the model.'),
  'ensemble-scheduling': refused(
    'An ensemble has no steps, an incomplete step, or a setting that ensembles do not have.',
  ),
  'ensemble-model': refused('A step names a model or a version that is not in the repository.'),
  'ensemble-cycle': refused('An ensemble is a step of itself, directly or through other ensembles.'),
  'ensemble-tensors': refused(
    'A tensor of an ensemble is never written, written twice, never used, or not a tensor of the model.',
  ),
  'ensemble-types': refused('An ensemble tensor has two types or shapes.'),
  'ensemble-batch-size': refused('An ensemble accepts larger batches than the model of a step.'),
  'fil-input': refused('FIL reads one input: `input__0`, FP32, one dimension.'),
  'fil-output': refused('FIL writes one output: `output__0`, FP32, one dimension (and `treeshap_output`).'),
  'onnx-tensors': refused('Names, types or dims differ from the ONNX model; the server refuses it.'),
  'onnx-sequence-output': refused(
    'Triton serves tensors only; ZipMap of skl2onnx writes a sequence of maps.',
  ),
  'onnx-external-data': refused('A file with weights of the ONNX model is missing.'),
  'fil-model-type': refused('FIL does not know this format and refuses the model.'),
  'fil-legacy-format': refused(
    'Without `model_type` FIL expects a binary format that XGBoost no longer writes.',
  ),
  'fil-is-classifier': refused('FIL refuses a model without `is_classifier`.'),
  'fil-threshold': refused(
    'FIL refuses a classifier without a threshold, even if it answers with probabilities.',
  ),
  'fil-boolean': refused('FIL refuses a boolean that is not exactly `true` or `false`.'),
  'fil-classes': error('Without `predict_proba` a classifier answers class numbers, not probabilities.'),
  'fil-key-renamed': warning(
    'The key was renamed in 25.09; FIL still accepts the old name and logs a warning.',
  ),
  'fil-key-removed': warning('The key was removed in 25.09 and has no effect.'),
  'fil-key-too-new': error('This server knows the key only by its older name and ignores it.'),
  'fil-multi-target': refused('FIL refuses models with more than one target, or with a vector in each leaf.'),
  'fil-many-outputs': warning(
    'FIL serves an `xgboost.ubj` with many outputs if they are classes, and refuses it if they are targets. The check does not tell one from the other.',
  ),
  'parameter-typo': error('No backend reads this key; its name is close to a known key.'),
  'accelerator-unknown': refused('The ONNX Runtime backend refuses an accelerator it does not know.'),
  'tensorrt-value': refused('The ONNX Runtime backend refuses this value.'),
  'tensorrt-precision': warning('Answers in lower precision differ from the golden rows.'),
  'tensorrt-cache': warning('Without a cache Triton builds the engines at every start, which is slow.'),
  'tensorrt-cache-prefix': warning(
    'The cache identifies engines by the shape of the net only: without its own prefix, a model may run with the weights of an older model.',
  ),
  'tensorrt-warmup': warning('Without a warm-up, the first request waits until the engines are built.'),
  'tensorrt-profile': error(
    'The profile does not fit the inputs: requests fail, or Triton builds the engines again.',
  ),
  'warmup-tensors': refused('A warm-up request does not fit the inputs; the model does not load.'),
  'warmup-batch': error('Triton skips a warm-up of 0 rows.'),
  'warmup-batch-large': refused('A warm-up request is larger than the largest batch.'),
  'warmup-file-missing': refused('A file of warm-up data is missing from `warmup/`, or too short.'),
  'pipeline-model-missing': error('The pipeline names a model that is not in the repository.'),
  'pipeline-version': error('The pipeline names a version that is not in the repository.'),
  'pipeline-tensors': error('The pipeline names other tensors, types or widths.'),
  'pipeline-batch-rows': error('The gateway sends larger batches than the model accepts.'),
} as const satisfies Record<string, Rule>;

/** Stable id of a rule. */
export type RuleId = keyof typeof RULES;
