import { z } from 'zod';

const releaseSchema = z
  .object({
    status: z.enum(['up', 'down']),
    releaseId: z.string().optional().describe('Id of the release that is served.'),
    degraded: z
      .string()
      .optional()
      .describe('Rung that requests are answered at, and the missing models. Absent if no model is missing.'),
    reason: z.string().optional().describe('Reason that the gateway is not ready. Absent if it is.'),
  })
  .meta({ id: 'ReleaseHealth' });

const noIndicators = z.object({});
const indicators = z.object({ release: releaseSchema });

/** Answer of `/healthz`. */
export const livenessSchema = z
  .object({ status: z.literal('ok'), info: noIndicators, error: noIndicators, details: noIndicators })
  .meta({ id: 'Liveness' });

/** Answer of `/readyz` of a gateway that is ready. */
export const readinessSchema = z
  .object({ status: z.literal('ok'), info: indicators, error: noIndicators, details: indicators })
  .meta({ id: 'Readiness' });

const HEALTH = { type: 'object', properties: { release: { $ref: '#/components/schemas/ReleaseHealth' } } };

/** JSON schema of the answer of `/readyz` of a gateway that is not ready: problem details with the state of the release. */
export const UNREADINESS_SCHEMA = {
  allOf: [
    { $ref: '#/components/schemas/Problem' },
    {
      type: 'object',
      required: ['info', 'error', 'details'],
      properties: { info: { type: 'object' }, error: HEALTH, details: HEALTH },
    },
  ],
};
