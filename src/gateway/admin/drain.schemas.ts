import { z } from 'zod';

/** Progress of the drain of the gateway. */
export const drainSchema = z
  .object({
    state: z.enum(['serving', 'draining', 'drained']),
    inFlightPairs: z.int().describe('Pairs in flight.'),
    streamCount: z.int().describe('Open streams.'),
    startedAt: z.iso.datetime().nullable().describe('Time that the drain started; null if it did not.'),
  })
  .meta({ id: 'Drain' });
