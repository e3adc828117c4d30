import { z } from 'zod';
import { LOG_LEVELS } from '../../config/settings.js';
import { requestSchema } from './request-schemas.js';

/** Least severe level of the log lines that are written. */
export const logLevelSchema = requestSchema({
  level: z.enum(LOG_LEVELS, `expected one of ${LOG_LEVELS.join(', ')}`),
}).meta({ id: 'LogLevel' });

/** The level of the log in use. */
export const currentLogLevelSchema = z.object({ level: z.string() }).meta({ id: 'CurrentLogLevel' });
