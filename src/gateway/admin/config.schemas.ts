import { z } from 'zod';

/** Every setting of the running gateway. */
export const configSchema = z
  .object({
    settings: z.array(
      z
        .object({
          name: z.string(),
          variable: z.string().describe('Environment variable.'),
          value: z.string().describe('Value in use, written as in the variable; secrets are masked.'),
          defaultValue: z.string(),
          source: z
            .enum(['default', 'environment', 'command'])
            .describe('command: set by the command or program that started the gateway.'),
          meaning: z.string(),
        })
        .meta({ id: 'Setting' }),
    ),
  })
  .meta({ id: 'Config' });
