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
    state: z.enum(['loaded', 'unloaded']).describe('Unloaded: an operator unloaded it.'),
    outage: z.string().nullable().describe('Reason that the model cannot run now; null if it can.'),
    inputs: z.array(tensorSchema),
    outputs: z.array(tensorSchema),
  })
  .meta({ id: 'Model' });

/** Every model of the release. */
export const modelsSchema = z.object({ models: z.array(modelSchema) }).meta({ id: 'Models' });
