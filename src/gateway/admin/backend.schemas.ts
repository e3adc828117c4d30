import { z } from 'zod';

const replicaStateSchema = z
  .object({
    target: z.string().describe('host:port'),
    transport: z.enum(['shared_memory', 'grpc']).describe('Path of large tensors.'),
    pendingRows: z.int().describe('Rows in flight.'),
    isDrained: z
      .boolean()
      .describe('An operator drained the server: it takes no calls until it is readmitted.'),
    models: z
      .record(z.string(), z.string().nullable())
      .describe('By model: reason that it takes no calls on this server; null if it takes calls.'),
  })
  .meta({ id: 'ReplicaState' });

/** The backend and its servers. */
export const backendSchema = z
  .object({
    backend: z.string().describe('Backend that runs the models: embedded or triton.'),
    replicas: z.array(replicaStateSchema).describe('Triton servers; empty for the embedded backend.'),
  })
  .meta({ id: 'Backend' });
