import { z } from 'zod';

const tensorSchema = z.object({
  name: z.string(),
  /** TYPE_FP32 and so on; TYPE_STRING is BYTES elsewhere. */
  dataType: z.string(),
  /** Without the batch axis where maxBatchSize is not 0. */
  dims: z.array(z.number()),
  reshape: z.object({ shape: z.array(z.number()) }).nullish(),
  optional: z.boolean().optional(),
  /** Inputs only: FORMAT_NONE, FORMAT_NHWC or FORMAT_NCHW. */
  format: z.string().optional(),
  isShapeTensor: z.boolean().optional(),
  isNonLinearFormatIo: z.boolean().optional(),
  /** Outputs only: file of the class names in the model's folder. */
  labelFilename: z.string().optional(),
});

const queuePolicySchema = z.object({
  timeoutAction: z.string(),
  defaultTimeoutMicroseconds: z.number(),
  allowTimeoutOverride: z.boolean(),
  maxQueueSize: z.number(),
});
/** How long and how many requests may wait for a model. */
export type QueuePolicy = z.infer<typeof queuePolicySchema>;

const ensembleStepSchema = z.object({
  modelName: z.string(),
  /** -1 is the newest version. */
  modelVersion: z.number(),
  /** Ensemble tensor by the name of the model's input. */
  inputMap: z.record(z.string(), z.string()),
  /** Ensemble tensor by the name of the model's output. */
  outputMap: z.record(z.string(), z.string()),
});
/** One model of an ensemble, with the ensemble tensors of its inputs and outputs. */
export type EnsembleStep = z.infer<typeof ensembleStepSchema>;

const initialStateSchema = z.object({
  name: z.string(),
  dataType: z.string(),
  dims: z.array(z.number()),
  dataFile: z.string().optional(),
});

const sequenceBatchingSchema = z.object({
  controlInput: z.array(
    z.object({
      name: z.string(),
      control: z.array(
        z.object({
          kind: z.string(),
          int32FalseTrue: z.array(z.number()),
          fp32FalseTrue: z.array(z.number()),
          boolFalseTrue: z.array(z.boolean()),
          dataType: z.string(),
        }),
      ),
    }),
  ),
  state: z.array(z.object({ inputName: z.string(), initialState: z.array(initialStateSchema) })),
  direct: z.object({ minimumSlotUtilization: z.number() }).nullish(),
  oldest: z.object({ preferredBatchSize: z.array(z.number()) }).nullish(),
});
/** How requests of one sequence reach one instance; a model with it has no dynamic batching. */
export type SequenceBatching = z.infer<typeof sequenceBatchingSchema>;

const acceleratorSchema = z.object({ name: z.string(), parameters: z.record(z.string(), z.string()) });

/**
 * The parts of inference.ModelConfig that are looked at; model_config.proto says what each is. Fields that are not set
 * have the defaults of the protocol: empty, 0, false, and null for a message.
 */
export const modelConfigSchema = z.object({
  name: z.string(),
  platform: z.string(),
  backend: z.string(),
  maxBatchSize: z.number(),
  input: z.array(tensorSchema),
  output: z.array(tensorSchema),
  instanceGroup: z.array(
    z.object({
      name: z.string(),
      kind: z.string(),
      count: z.number(),
      gpus: z.array(z.number()),
      /** TensorRT only: names of optimisation profiles. */
      profile: z.array(z.string()).optional(),
    }),
  ),
  /** The newest version if no policy is set. */
  versionPolicy: z
    .object({
      latest: z.object({ numVersions: z.number() }).nullish(),
      all: z.object({}).nullish(),
      specific: z.object({ versions: z.array(z.number()) }).nullish(),
    })
    .nullable()
    .default(null),
  dynamicBatching: z
    .object({
      preferredBatchSize: z.array(z.number()),
      maxQueueDelayMicroseconds: z.number(),
      preserveOrdering: z.boolean(),
      priorityLevels: z.number(),
      defaultPriorityLevel: z.number(),
      defaultQueuePolicy: queuePolicySchema.nullable(),
      priorityQueuePolicy: z.record(z.string(), queuePolicySchema),
    })
    .nullish(),
  sequenceBatching: sequenceBatchingSchema.nullish(),
  ensembleScheduling: z.object({ step: z.array(ensembleStepSchema) }).nullish(),
  responseCache: z.object({ enable: z.boolean() }).nullish(),
  optimization: z
    .object({
      graph: z.object({ level: z.number() }).nullable(),
      executionAccelerators: z
        .object({
          gpuExecutionAccelerator: z.array(acceleratorSchema),
          cpuExecutionAccelerator: z.array(acceleratorSchema),
        })
        .nullable(),
    })
    .nullable(),
  parameters: z.record(z.string(), z.object({ stringValue: z.string() })),
  modelWarmup: z.array(
    z.object({
      name: z.string(),
      batchSize: z.number(),
      inputs: z.record(
        z.string(),
        z.object({
          dataType: z.string(),
          dims: z.array(z.number()),
          zeroData: z.boolean().optional(),
          randomData: z.boolean().optional(),
          inputDataFile: z.string().optional(),
        }),
      ),
    }),
  ),
  defaultModelFilename: z.string(),
  modelTransactionPolicy: z.object({ decoupled: z.boolean() }).nullable(),
});

/** The configuration of a model. */
export type ModelConfig = z.infer<typeof modelConfigSchema>;
