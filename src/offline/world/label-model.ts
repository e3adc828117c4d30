import { TARGET_COUNT } from '../../pairs/targets.js';
import { WORLD_CONSTANTS } from './constants.js';
import type { Random } from './random.js';

/** The causes of a label, each a part of the log-odds. */
export const COMPONENTS = [
  'visible',
  'author',
  'reader',
  'pair',
  'topic',
  'interest',
  'appeal',
  'drift',
] as const;

/** One cause. */
export type Component = (typeof COMPONENTS)[number];

/** Index of a cause's log-odds for the first target in `parts`. */
export const PART_AT = {
  visible: 0,
  author: 4,
  reader: 8,
  pair: 12,
  topic: 16,
  interest: 20,
  appeal: 24,
  drift: 28,
} as const satisfies Record<Component, number>;

/** Combinations of the four labels: bit t is target t. */
export const STATE_COUNT = 2 ** TARGET_COUNT;

/**
 * Model of the labels, for one pair at a time. The probability of a combination S of labels is proportional to
 * exp(jointLogWeights[S] + the sum of the log-odds of the targets in S). So labels are correlated as published, and the
 * probability of each label is an exact sum over eight combinations.
 */
export class LabelModel {
  /** Log-odds by cause, row-major [component][target]; the caller fills it before `resolve`. */
  readonly parts = new Float64Array(COMPONENTS.length * TARGET_COUNT);
  /** Exact probability of each label, after `resolve`. */
  readonly probability = new Float64Array(TARGET_COUNT);
  private readonly weight = new Float64Array(TARGET_COUNT);
  private readonly state = new Float64Array(STATE_COUNT);

  constructor(private readonly base: Float64Array = JOINT_WEIGHTS) {}

  /** Sums the parts and computes the probabilities. */
  resolve(): void {
    const { parts, weight } = this;
    for (let target = 0; target < TARGET_COUNT; target += 1) {
      let logit = 0;
      for (let at = target; at < parts.length; at += TARGET_COUNT) logit += parts[at]!;
      weight[target] = Math.exp(logit);
    }
    this.fillStates();
    this.sumStates();
  }

  /** Draws the labels of the pair last resolved: bit t is target t. */
  draw(random: Random): number {
    let left = random.uniform();
    for (let state = 0; state < STATE_COUNT - 1; state += 1) {
      left -= this.state[state]!;
      if (left < 0) return state;
    }
    return STATE_COUNT - 1;
  }

  private fillStates(): void {
    const { base, state, weight } = this;
    let total = 0;
    for (let s = 0; s < STATE_COUNT; s += 1) {
      let value = base[s]!;
      if (s & 1) value *= weight[0]!;
      if (s & 2) value *= weight[1]!;
      if (s & 4) value *= weight[2]!;
      if (s & 8) value *= weight[3]!;
      state[s] = value;
      total += value;
    }
    for (let s = 0; s < STATE_COUNT; s += 1) state[s]! /= total;
  }

  private sumStates(): void {
    const { probability, state } = this;
    probability.fill(0);
    for (let s = 1; s < STATE_COUNT; s += 1) {
      for (let target = 0; target < TARGET_COUNT; target += 1) {
        if (s & (1 << target)) probability[target]! += state[s]!;
      }
    }
  }
}

const JOINT_WEIGHTS = Float64Array.from(WORLD_CONSTANTS.jointLogWeights, Math.exp);
