import { z } from 'zod';

/** A Triton server. */
export const replicaSchema = z
  .object({
    target: z.string().describe('host:port'),
    state: z.enum(['serving', 'drained']).describe('Drained: an operator drained it.'),
    transport: z.enum(['shared_memory', 'grpc']).describe('Path of large tensors.'),
    pendingRows: z.int().describe('Rows in flight.'),
    models: z
      .record(z.string(), z.string().nullable())
      .describe('By model: reason that it takes no calls on this server; null if it takes calls.'),
  })
  .meta({ id: 'Replica' });

/** Every server of the backend. */
export const replicasSchema = z.object({ replicas: z.array(replicaSchema) }).meta({ id: 'Replicas' });
