/** How bad a finding is: with an error a server does not load the model, or a gateway cannot rely on it. */
export type Severity = 'error' | 'warning';

/** One row of the rules: its severity, and one sentence for docs/reference/model-rules.md. */
export interface Rule {
  readonly severity: Severity;
  /** Why what it finds is a fault. */
  readonly meaning: string;
}

const error = (meaning: string): Rule => ({ severity: 'error', meaning });
const warning = (meaning: string): Rule => ({ severity: 'warning', meaning });

/** Every rule by its stable id. docs/reference/model-rules.md is generated from this table. */
export const RULES = {
  'config-missing': error(
    'A model folder without `config.pbtxt`: nothing says what the gateway may rely on.',
  ),
  'config-syntax': error('`config.pbtxt` is not the text of a model configuration; the server refuses it.'),
  'model-name': error('`name` is not the name of the folder; the server refuses the model.'),
  'version-missing': error('No folder is named by a whole number: there is no version to load.'),
  'version-name': warning('A folder that is neither a version nor `warmup` or `configs` is passed over.'),
  'version-policy': error('A version that `version_policy` asks for is not there.'),
  'backend-missing': error('Neither `backend` nor `platform` says what runs the model.'),
  'backend-unknown': warning('No backend of NVIDIA has this name; a server needs one of its own.'),
  'platform-unknown': error('No platform has this name; the server refuses the model.'),
  'model-file-missing': error('The file the backend reads is not in the version folder.'),
  'model-file-damaged': error('The model file cannot be read.'),
  'checkpoint-missing': warning(
    'FIL reads `checkpoint.tl`, which is derived from `xgboost.ubj` and not kept in git. The CPU server reads `xgboost.ubj` itself.',
  ),
  'golden-missing': warning('Without golden rows nothing shows that a server answers as the training did.'),
  'golden-mismatch': error('The golden rows are of another model, version or tensor.'),
  'max-batch-size': error('Without a batch axis requests are not merged; FIL takes no such model.'),
  'preferred-batch-size': error('A preferred size beyond the largest batch; the server refuses the model.'),
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
  'priority-level': error(
    'A priority level that is not among `priority_levels`; the server refuses the model.',
  ),
  'instance-gpu': warning('KIND_GPU is refused by a server without a GPU; KIND_AUTO runs on both.'),
  'instance-count': warning(
    'Without a count the backend chooses; ONNX Runtime takes two instances on a CPU.',
  ),
  'instance-single': warning(
    'With a queue policy a request that comes while the only instance is busy may lie for half a second: Triton wakes its batcher for an idle instance alone.',
  ),
  'tensor-incomplete': error('A tensor without name, type or dims; the server refuses the model.'),
  'fil-input': error('FIL reads one input: `input__0`, FP32, one dimension.'),
  'fil-output': error('FIL writes one output: `output__0`, FP32, one dimension (and `treeshap_output`).'),
  'onnx-tensors': error('Names, types or dims are not those of the ONNX model; the server refuses it.'),
  'fil-model-type': error('FIL knows no such format; it refuses the model.'),
  'fil-legacy-format': error(
    'Without `model_type` FIL expects the binary format that XGBoost writes no more.',
  ),
  'fil-is-classifier': error('FIL refuses a model that does not say whether it classifies.'),
  'fil-threshold': error('FIL refuses a classifier without a threshold, even if probabilities are answered.'),
  'fil-boolean': error('FIL refuses a boolean that is not exactly `true` or `false`.'),
  'fil-classes': error('Without `predict_proba` a classifier answers class numbers, not probabilities.'),
  'fil-key-renamed': warning(
    'A key that has another name since 25.09; the old one is still read, with a warning.',
  ),
  'fil-key-removed': warning('A key that 25.09 took away: it has no effect.'),
  'fil-key-too-new': error('A key that this server knows by its older name only, and therefore passes over.'),
  'fil-multi-target': error('FIL refuses models with more than one target, or with a vector in each leaf.'),
  'fil-many-outputs': warning(
    'FIL serves an `xgboost.ubj` with many outputs when they are classes, and refuses it when they are targets. The file is not looked into.',
  ),
  'parameter-typo': error('A key that nothing reads, and that is nearly one that is read.'),
  'accelerator-unknown': error('The ONNX Runtime backend refuses an accelerator it does not know.'),
  'tensorrt-value': error('The ONNX Runtime backend refuses this value.'),
  'tensorrt-precision': warning('Answers in lower precision leave the golden rows.'),
  'tensorrt-cache': warning('Without a cache engines are built at every start, which is slow.'),
  'tensorrt-cache-prefix': warning(
    'Engines are cached by the shape of the net alone: without a prefix of its own a model may run on the weights of an older one.',
  ),
  'tensorrt-warmup': warning('Engines are built on the first request, which has to wait for them.'),
  'tensorrt-profile': error(
    'A profile that does not fit the inputs: requests fail, or engines are built anew.',
  ),
  'warmup-tensors': error('A warm-up request that does not fit the inputs; the model does not load.'),
  'warmup-batch': error('A warm-up of 0 rows is passed over, one beyond the largest batch fails.'),
  'warmup-file-missing': error('A file of warm-up data is not in `warmup/`; the model does not load.'),
  'pipeline-model-missing': error('The pipeline names a model that is not in the repository.'),
  'pipeline-version': error('The pipeline names a version that is not in the repository.'),
  'pipeline-tensors': error('The pipeline names other tensors, types or widths.'),
  'pipeline-batch-rows': error('The gateway sends larger batches than the model takes.'),
} as const satisfies Record<string, Rule>;

/** Stable id of a rule. */
export type RuleId = keyof typeof RULES;
