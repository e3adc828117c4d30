import { z } from 'zod';
import { requestSchema } from './request-schemas.js';

/** Most components of a key. */
const MOST_COMPONENTS = 16;
/** Longest component of a key, characters. */
const LONGEST_COMPONENT = 1_024;
const LATEST_S = 4_294_967_295;

const horizonSchema = z.object({
  name: z.string(),
  halfLifeS: z.number().describe('Seconds after which an event counts half.'),
});

/** A statistics table. */
export const tableSchema = z
  .object({
    name: z.string(),
    components: z.array(z.string()).describe('Components of a key, in hashing order.'),
    horizons: z.array(horizonSchema),
    keyCount: z.int(),
    capacity: z.int().describe('Keys that the table has room for; it grows before it is 60 % full.'),
    loadFactor: z.number().describe('keyCount / capacity.'),
    byteLength: z.int().describe('Resident bytes.'),
    lastEventS: z.number().nullable().describe('Event time of the latest event, Unix seconds.'),
  })
  .meta({ id: 'StatisticsTable' });

/** All statistics tables. */
export const statisticsSchema = z
  .object({
    asOfS: z.number().describe('Event time up to which the tables have learned, Unix seconds.'),
    ageS: z.number().describe('Time since then, seconds.'),
    keyCount: z.int().describe('Keys of all tables.'),
    byteLength: z.int().describe('Resident bytes of all tables.'),
    tables: z.array(tableSchema),
  })
  .meta({ id: 'Statistics' });

/** A key to look up. */
export const lookUpSchema = requestSchema({
  components: z
    .record(
      z.string(),
      z.string('expected a text').max(LONGEST_COMPONENT, `expected at most ${LONGEST_COMPONENT} characters`),
      'expected an object of texts by component name',
    )
    .refine(
      (components) => Object.keys(components).length <= MOST_COMPONENTS,
      `expected at most ${MOST_COMPONENTS} components`,
    )
    .describe(
      'Text by component name. Ids: text, 32 hexadecimal digits, or number:<n>. Flags: true, false, unknown. Tweet types: TopLevel, Retweet, Quote. Any component: 0x and 16 hexadecimal digits, its 64 bits.',
    ),
  asOfS: z
    .int('expected Unix seconds')
    .min(0, 'expected Unix seconds')
    .max(LATEST_S, `expected at most ${LATEST_S}`)
    .optional()
    .describe(
      'Time to decay the counters to, Unix seconds. Default: the time up to which the tables have learned.',
    ),
}).meta({ id: 'LookUp' });

const countersSchema = z.object({
  horizon: z.string(),
  halfLifeS: z.number(),
  impressions: z.number(),
  reply: z.number(),
  retweet: z.number(),
  quote: z.number(),
  like: z.number(),
});

/** Record of one key in a table. */
export const keySchema = z
  .object({
    table: z.string(),
    key: z.string().describe('The key: 16 hexadecimal digits.'),
    isFound: z.boolean(),
    asOfS: z.number().describe('Time that the counters are decayed to, Unix seconds.'),
    lastEventS: z.number().nullable().describe('Event time of the last event of the key, Unix seconds.'),
    counters: z.array(countersSchema).describe('Decayed counts by horizon; zeros if the key is not found.'),
  })
  .meta({ id: 'StatisticsKey' });
