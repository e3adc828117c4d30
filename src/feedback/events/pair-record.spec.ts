import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMPONENT_LANES, laneOf, setNumber } from '../../features/key-components.js';
import { KEY_SETS } from '../../features/key-sets.js';
import { followerBucket, followingBucket, LARGEST_BUCKET } from '../../features/user-values.js';
import { UNKNOWN_FLAG } from '../../pairs/pair-batch.js';
import {
  keySchemeOf,
  PAIR_RECORD_BYTES,
  predictedAtOf,
  readComponents,
  readPairId,
  RECORD_LAYOUT,
  RECORDED_COMPONENTS,
  writePairRecord,
} from './pair-record.js';

const LANE = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const UINT32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const bucket = fc.oneof(fc.integer({ min: 0, max: LARGEST_BUCKET }), fc.constant(LARGEST_BUCKET));
const flag = fc.constantFrom(0, 1, UNKNOWN_FLAG);
/** Values of the components that are numbers, in their whole ranges. */
const NUMBERS = {
  'follower bucket of the author': bucket,
  'following bucket of the author': bucket,
  'follower bucket of the reader': bucket,
  'following bucket of the reader': bucket,
  'tweet type': fc.integer({ min: 0, max: 2 }),
  'media code': fc.integer({ min: 0, max: 13 }),
  'last marks': fc.integer({ min: 0, max: 4 }),
  'popularity group': fc.integer({ min: 0, max: 4 }),
  'verified author': flag,
  'verified reader': flag,
  'author follows reader': fc.integer({ min: 0, max: 1 }),
} as const;
type NumberName = keyof typeof NUMBERS;
const HASHES = RECORDED_COMPONENTS.filter((component) => !(component in NUMBERS));

const pair = fc.record({
  keyScheme: UINT32,
  predictedAtS: UINT32,
  hashes: fc.array(fc.tuple(LANE, LANE), { minLength: HASHES.length, maxLength: HASHES.length }),
  numbers: fc.record(NUMBERS),
  hasTweetId: fc.boolean(),
  content: fc.record({ lo: LANE, hi: LANE }),
  at: fc.integer({ min: 0, max: 7 }),
});
type Pair = typeof pair extends fc.Arbitrary<infer P> ? P : never;

function componentsOf({ hashes, numbers, hasTweetId }: Pair): Int32Array {
  const lanes = new Int32Array(COMPONENT_LANES);
  HASHES.forEach((component, i) => lanes.set(hashes[i]!, laneOf(component)));
  for (const name of Object.keys(numbers) as NumberName[]) setNumber(lanes, laneOf(name), numbers[name]);
  if (!hasTweetId) lanes.fill(0, laneOf('tweet'), laneOf('tweet') + 2);
  return lanes;
}

function recordOf(of: Pair): DataView {
  const view = new DataView(new ArrayBuffer(PAIR_RECORD_BYTES + of.at + 1));
  view.setUint8(of.at + PAIR_RECORD_BYTES, 0xa5);
  writePairRecord(of, componentsOf(of), of.content, view, of.at);
  return view;
}

function idOf(of: Pair): { lo: number; hi: number } {
  const id = { lo: 0, hi: 0 };
  readPairId(recordOf(of), of.at, id);
  return id;
}

describe('a pair record', () => {
  it('holds every component of every key set', () => {
    const needed = new Set(KEY_SETS.flatMap(({ components }) => components));
    expect([...needed].filter((component) => !RECORDED_COMPONENTS.includes(component))).toEqual([]);
  });

  it('gives back what was written, and writes nothing else', () => {
    fc.assert(
      fc.property(pair, (of) => {
        const record = recordOf(of);
        const components = new Int32Array(COMPONENT_LANES);
        readComponents(record, of.at, components);
        const expected = componentsOf(of);
        for (const component of RECORDED_COMPONENTS) {
          const lane = laneOf(component);
          const seen = [components[lane], components[lane + 1]];
          expect([component, ...seen]).toEqual([component, expected[lane], expected[lane + 1]]);
        }
        expect(keySchemeOf(record, of.at)).toBe(of.keyScheme);
        expect(predictedAtOf(record, of.at)).toBe(of.predictedAtS);
        expect(record.getUint8(of.at + PAIR_RECORD_BYTES)).toBe(0xa5);
      }),
      { numRuns: 500 },
    );
  });

  it('names the pair by its reader and its tweet alone', () => {
    fc.assert(
      fc.property(pair, pair, (a, b) => {
        const at = [HASHES.indexOf('reader'), HASHES.indexOf('tweet')];
        const hashes = b.hashes.map((hash, i) => (at.includes(i) ? a.hashes[i]! : hash));
        const same: Pair = { ...b, hashes, hasTweetId: a.hasTweetId, content: a.content };
        expect(idOf(same)).toEqual(idOf(a));
      }),
    );
  });

  it('tells tweets without an id apart by their content', () => {
    fc.assert(
      fc.property(pair, (of) => {
        const other = { lo: of.content.lo ^ 1, hi: of.content.hi };
        expect(idOf({ ...of, hasTweetId: false, content: other })).not.toEqual(
          idOf({ ...of, hasTweetId: false }),
        );
      }),
    );
  });
});

describe('buckets of the features', () => {
  it('fit into a record for every count', () => {
    const largest = [followerBucket(Number.MAX_SAFE_INTEGER), followingBucket(Number.MAX_SAFE_INTEGER)];
    expect(largest).toEqual([LARGEST_BUCKET, LARGEST_BUCKET]);
    expect(RECORD_LAYOUT).toContain(`follower bucket of the reader:${Math.log2(LARGEST_BUCKET + 1)}`);
    expect([followerBucket(0), followerBucket(819), followingBucket(1_424)]).toEqual([0, 1, 2]);
  });
});
