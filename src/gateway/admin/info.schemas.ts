import { z } from 'zod';

/** Server and build. */
export const infoSchema = z
  .object({
    version: z.string().describe('Version of the package.'),
    commit: z
      .string()
      .nullable()
      .describe('Commit of the sources; null if the gateway does not run from a repository.'),
    node: z.string().describe('Version of Node.'),
    startedAt: z.iso.datetime().describe('Time that the process started.'),
    uptimeS: z.number().describe('Time since then, seconds.'),
    backend: z.string().describe('Backend that runs the models: embedded or triton.'),
    release: z
      .object({ id: z.string(), pipeline: z.string(), rungs: z.array(z.string()).describe('Best first.') })
      .nullable()
      .describe('The release that is served; null while its models are loaded.'),
    isReady: z.boolean().describe('As /readyz.'),
    reason: z.string().nullable().describe('Reason that the gateway is not ready.'),
    degraded: z
      .string()
      .nullable()
      .describe('Rung that requests are answered at, and the missing models, if any.'),
  })
  .meta({ id: 'Info' });
