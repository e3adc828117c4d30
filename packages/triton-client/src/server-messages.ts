import { z } from 'zod';

/** What a server says about itself. */
export const serverMetadataSchema = z.object({
  name: z.string(),
  /** Version of the server core, for instance 2.51.0; the container release of the same month is 24.10. */
  version: z.string(),
  extensions: z.array(z.string()),
});
export type ServerMetadata = z.infer<typeof serverMetadataSchema>;

const tensorMetadataSchema = z.object({
  name: z.string(),
  datatype: z.string(),
  /** -1 is a dimension of any size; the batch axis is such a one. */
  shape: z.array(z.number()),
});
/** Name, type and shape of an input or output. */
export type TensorMetadata = z.infer<typeof tensorMetadataSchema>;

/** What a server says about a model. */
export const modelMetadataSchema = z.object({
  name: z.string(),
  /** Versions that are loaded. */
  versions: z.array(z.string()),
  platform: z.string(),
  inputs: z.array(tensorMetadataSchema),
  outputs: z.array(tensorMetadataSchema),
});
export type ModelMetadata = z.infer<typeof modelMetadataSchema>;

/** How often something happened and how long it took in all; nanoseconds lose their last digits beyond 2^53. */
const durationSchema = z.object({ count: z.number(), ns: z.number() }).nullable();
const inferStatisticsSchema = z.object({
  success: durationSchema,
  fail: durationSchema,
  queue: durationSchema,
  computeInput: durationSchema,
  computeInfer: durationSchema,
  computeOutput: durationSchema,
  cacheHit: durationSchema,
  cacheMiss: durationSchema,
});

/** Counters of one version of a model since it was loaded. */
export const modelStatisticsSchema = z.object({
  modelStats: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      /** Milliseconds since 1970; 0 when there was none. */
      lastInference: z.number(),
      /** Rows. */
      inferenceCount: z.number(),
      /** Runs: rows / runs is the mean batch. */
      executionCount: z.number(),
      inferenceStats: inferStatisticsSchema.nullable(),
      batchStats: z.array(
        z.object({
          batchSize: z.number(),
          computeInput: durationSchema,
          computeInfer: durationSchema,
          computeOutput: durationSchema,
        }),
      ),
      memoryUsage: z.array(z.object({ type: z.string(), id: z.number(), byteSize: z.number() })),
      /** Of decoupled models, by the place of the response among those of its request. */
      responseStats: z.record(
        z.string(),
        z.object({
          computeInfer: durationSchema,
          computeOutput: durationSchema,
          success: durationSchema,
          fail: durationSchema,
          emptyResponse: durationSchema,
          cancel: durationSchema,
        }),
      ),
    }),
  ),
});
export type ModelStatistics = z.infer<typeof modelStatisticsSchema>['modelStats'][number];

/** What lies in the repositories. */
export const repositoryIndexSchema = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      /** Empty for a model of which no version was ever loaded. */
      version: z.string(),
      /** READY, UNAVAILABLE, LOADING, UNLOADING; empty when it was never loaded. */
      state: z.string(),
      reason: z.string(),
    }),
  ),
});
export type RepositoryModel = z.infer<typeof repositoryIndexSchema>['models'][number];

/** Regions of system shared memory. */
export const systemSharedMemorySchema = z.object({
  regions: z.record(
    z.string(),
    z.object({ name: z.string(), key: z.string(), offset: z.number(), byteSize: z.number() }),
  ),
});
export type SystemSharedMemoryRegion = z.infer<typeof systemSharedMemorySchema>['regions'][string];

/** Regions of GPU memory. */
export const cudaSharedMemorySchema = z.object({
  regions: z.record(z.string(), z.object({ name: z.string(), deviceId: z.number(), byteSize: z.number() })),
});
export type CudaSharedMemoryRegion = z.infer<typeof cudaSharedMemorySchema>['regions'][string];

/** Trace settings. */
export const traceSettingsSchema = z.object({
  settings: z.record(z.string(), z.object({ value: z.array(z.string()) })),
});

/** Log settings. */
export const logSettingsSchema = z.object({
  settings: z.record(
    z.string(),
    z.object({
      boolParam: z.boolean().optional(),
      uint32Param: z.number().optional(),
      stringParam: z.string().optional(),
    }),
  ),
});
/** Log settings by name. */
export type LogSettings = Readonly<Record<string, boolean | number | string>>;
