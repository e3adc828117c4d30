import { describe, expect, it } from 'vitest';
import {
  type Component,
  COMPONENT_LANES,
  laneOf,
  PAIR_COMPONENTS,
  setNumber,
  TWEET_COMPONENTS,
} from './key-components.js';
import { hashKey, KEY_SETS, type KeySet, keySetOf } from './key-sets.js';

const COMPONENTS: readonly Component[] = [...TWEET_COMPONENTS, ...PAIR_COMPONENTS];

function keyOf(keySet: KeySet, lanes: Int32Array): string {
  const out = { lo: 0, hi: 0 };
  hashKey(keySet, lanes, out);
  return `${out.lo} ${out.hi}`;
}

function lanesWith(component: Component, lane: 0 | 1, value: number): Int32Array {
  const lanes = new Int32Array(COMPONENT_LANES);
  lanes[laneOf(component) + lane] = value;
  return lanes;
}

describe('hashKey', () => {
  it.each(KEY_SETS.map((keySet) => [keySet.name, keySet.components, keySet] as const))(
    'of %s depends on %j and nothing else',
    (_name, components, keySet) => {
      const before = keyOf(keySet, new Int32Array(COMPONENT_LANES));
      for (const component of COMPONENTS)
        for (const lane of [0, 1] as const) {
          const changed = keyOf(keySet, lanesWith(component, lane, 1));
          expect(changed !== before, `${component}, lane ${lane}`).toBe(components.includes(component));
        }
    },
  );

  it('tells components apart that have the same value', () => {
    const keySet = keySetOf('a_user_id_b_user_id');
    expect(keyOf(keySet, lanesWith('author', 0, 3))).not.toBe(keyOf(keySet, lanesWith('reader', 0, 3)));
  });

  it('is of the pair where the reader has a part in it', () => {
    const ofPair: readonly Component[] = PAIR_COMPONENTS;
    for (const { rowSpace, components } of KEY_SETS)
      expect(rowSpace === 'pair').toBe(components.some((component) => ofPair.includes(component)));
  });

  it('knows no other key sets', () => {
    expect(() => keySetOf('a_user')).toThrow('key set "a_user", expected one of KEY_SETS');
  });

  it('takes whole numbers apart', () => {
    const lanes = new Int32Array(2);
    setNumber(lanes, 0, 2 ** 40 + 2 ** 31 + 5);
    expect([lanes[0]! >>> 0, lanes[1]]).toEqual([2 ** 31 + 5, 2 ** 8]);
  });
});
