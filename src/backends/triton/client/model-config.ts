import { z } from 'zod';

const tensorSchema = z.object({
  name: z.string(),
  /** TYPE_FP32 and so on; TYPE_STRING is BYTES elsewhere. */
  dataType: z.string(),
  /** Without the batch axis where maxBatchSize is not 0. */
  dims: z.array(z.number()),
  reshape: z.object({ shape: z.array(z.number()) }).nullish(),
  optional: z.boolean().optional(),
});

const queuePolicySchema = z.object({
  timeoutAction: z.string(),
  defaultTimeoutMicroseconds: z.number(),
  allowTimeoutOverride: z.boolean(),
  maxQueueSize: z.number(),
});
/** How long and how many requests may wait for a model. */
export type QueuePolicy = z.infer<typeof queuePolicySchema>;

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
    z.object({ name: z.string(), kind: z.string(), count: z.number(), gpus: z.array(z.number()) }),
  ),
  versionPolicy: z
    .object({ specific: z.object({ versions: z.array(z.number()) }).nullish() })
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
