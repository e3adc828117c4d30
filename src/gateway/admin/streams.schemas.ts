import { z } from 'zod';
import { countSchema, requestSchema } from './request-schemas.js';

const MOST_LISTED = 1_000;
const DEFAULT_LISTED = 100;

/** An open stream. */
export const streamSchema = z
  .object({
    id: z.int().describe('Number of the stream, in the order of opening.'),
    peer: z.string().describe('Address and port of the caller.'),
    method: z.string().describe('gRPC method.'),
    ageMs: z.number().describe('Time since the stream was opened, milliseconds.'),
    receivedCount: z.int().describe('Requests read.'),
    answeredCount: z.int().describe('Requests answered.'),
    inFlightCount: z.int().describe('Requests in flight.'),
    isPaused: z
      .boolean()
      .describe(
        'True if the gateway does not read the stream: the maximum of requests is in flight, or the caller does not read its answers.',
      ),
  })
  .meta({ id: 'Stream' });

/** A page of the open streams. */
export const streamsSchema = z
  .object({
    streamCount: z.int().describe('Open streams.'),
    streams: z.array(streamSchema).describe('The oldest first.'),
    nextAfter: z.int().nullable().describe('`after` of the next page; null on the last page.'),
  })
  .meta({ id: 'Streams' });

export const pageSchema = requestSchema({
  limit: countSchema(1, MOST_LISTED).default(DEFAULT_LISTED).describe('Streams of a page.'),
  after: countSchema(0, Number.MAX_SAFE_INTEGER).default(0).describe('List streams with higher ids only.'),
});
export const idSchema = countSchema(1, Number.MAX_SAFE_INTEGER);
