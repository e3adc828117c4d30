import { z } from 'zod';

const tensorSchema = z
  .object({
    name: z.string(),
    datatype: z.string().describe('As in the KServe v2 protocol, for instance FP32.'),
    shape: z.array(z.int()).describe('-1 is the batch axis.'),
  })
  .meta({ id: 'Tensor' });

/** A model of the release. */
export const modelSchema = z
  .object({
    name: z.string(),
    version: z.string(),
    contentSha256: z.string().describe('SHA-256 of the model file, hexadecimal.'),
    engine: z
      .string()
      .describe(
        'Engine that runs the model: onnxruntime or forest in the gateway, triton on Triton servers. Later versions may add values.',
      ),
    loadMs: z
      .number()
      .nullable()
      .describe(
        'Wall time of the last load, milliseconds; without the check of golden rows. Null if a server loaded the model.',
      ),
    memoryBytes: z
      .number()
      .nullable()
      .describe(
        'Bytes that the loaded model holds. Null while it is unloaded, or if the engine does not tell.',
      ),
    state: z.enum(['loaded', 'unloaded']).describe('Unloaded: an operator unloaded it.'),
    outage: z.string().nullable().describe('Reason that the model cannot run now; null if it can.'),
    inputs: z.array(tensorSchema),
    outputs: z.array(tensorSchema),
  })
  .meta({ id: 'Model' });

/** Every model of the release. */
export const modelsSchema = z.object({ models: z.array(modelSchema) }).meta({ id: 'Models' });
