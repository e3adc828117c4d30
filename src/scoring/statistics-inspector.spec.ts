import { describe, expect, it } from 'vitest';
import { hashTag } from '../pairs/id-hash.js';
import { hashKey1 } from '../pairs/murmur3.js';
import { IndexMap } from '../statistics/index-map.js';
import { StatisticsTable } from '../statistics/statistics-table.js';
import { HALF_LIFE_DAYS, horizonsOf } from '../statistics/statistics-tables.js';
import { StatisticsWriter } from '../statistics/statistics-writer.js';
import { StatisticsInspector } from './statistics-inspector.js';

const NOW_S = 1_600_000_000;
const DAY_S = 86_400;

function inspector(): StatisticsInspector {
  const languages = new StatisticsTable('language', horizonsOf(['long', 'recent']));
  const key = { lo: 0, hi: 0 };
  hashTag('en', key);
  hashKey1(key.lo, key.hi, key);
  const writer = new StatisticsWriter(languages);
  writer.addImpression(key.lo, key.hi, NOW_S);
  writer.addImpression(key.lo, key.hi, NOW_S);
  writer.addEngagement(key.lo, key.hi, NOW_S, 3);
  const empty = new StatisticsTable('a_user_id', horizonsOf(['long']));
  return new StatisticsInspector(
    {
      tables: [languages, empty],
      priors: new Float64Array(4),
      vocabularySha256: '',
      languages: new IndexMap('languages', new Int32Array()),
      asOfS: NOW_S,
    },
    (bytes, from, to, out) => {
      hashTag(new TextDecoder().decode(bytes.subarray(from, to)), out);
      return undefined;
    },
  );
}

describe('StatisticsInspector', () => {
  it('tells size, load factor and age of each table', () => {
    expect(inspector().tables).toEqual([
      {
        name: 'a_user_id',
        components: ['author'],
        horizons: horizonsOf(['long']),
        keyCount: 0,
        capacity: 64,
        loadFactor: 0,
        byteLength: 64 * 56 + 64,
        lastEventS: null,
      },
      {
        name: 'language',
        components: ['language'],
        horizons: horizonsOf(['long', 'recent']),
        keyCount: 1,
        capacity: 64,
        loadFactor: 1 / 64,
        byteLength: 64 * 96 + 64,
        lastEventS: NOW_S,
      },
    ]);
  });

  it('reads a key in every horizon, decayed to the time that is asked for', () => {
    const statistics = inspector();
    const fresh = statistics.lookUp('language', { language: 'en' });
    expect(fresh).toMatchObject({ isFound: true, asOfS: NOW_S, lastEventS: NOW_S });
    expect(
      fresh.counters.map(({ horizon, impressions, reply, like }) => [horizon, impressions, reply, like]),
    ).toEqual([
      ['long', 2, 0, 1],
      ['recent', 2, 0, 1],
    ]);
    const later = statistics.lookUp('language', { language: 'en' }, NOW_S + HALF_LIFE_DAYS.recent * DAY_S);
    expect(later.counters[1]!.impressions).toBeCloseTo(1);
    expect(later.counters[0]!.impressions).toBeCloseTo(2 * 2 ** (-2 / 14));
  });

  it('answers zeros for a key that no event had', () => {
    const report = inspector().lookUp('language', { language: 'fr' });
    expect(report).toMatchObject({ isFound: false, lastEventS: null });
    expect(report.counters.map(({ impressions, like }) => impressions + like)).toEqual([0, 0]);
  });

  it('refuses a table that does not exist', () => {
    expect(() => inspector().lookUp('nowhere', {})).toThrow(
      expect.objectContaining({
        code: 'NOT_FOUND',
        message: 'table: "nowhere", expected one of a_user_id, language',
      }),
    );
  });
});
