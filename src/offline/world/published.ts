/** Published figures about the real data, for comparison with the world in the calibration table. */

/** Rows of the training data per combination of labels: bit 0 reply, 1 retweet, 2 quote, 3 like. */
export const PUBLISHED_JOINT_COUNTS: readonly number[] = [
  362_514_494, 17_248_953, 49_907_706, 325_263, 2_748_530, 36_510, 1_404_371, 26_625, 271_013_044, 2_709_091,
  10_855_059, 142_493, 441_959, 10_243, 322_451, 7_901,
];

/** Rates of reply, retweet, quote and like per popularity group of the author, in the validation data. */
export const PUBLISHED_GROUP_RATES: readonly (readonly number[])[] = [
  [0.0368, 0.0961, 0.0065, 0.394],
  [0.0319, 0.087, 0.0058, 0.3833],
  [0.0304, 0.0828, 0.0057, 0.3728],
  [0.0276, 0.0863, 0.0059, 0.3735],
  [0.0156, 0.0768, 0.0053, 0.4121],
];

/** Mean and standard deviation of ln(x + 1) over rows: follow counts and token counts. */
export const PUBLISHED_LOG_NORMALS = [
  { figure: 'author followers', mean: 9.236, sd: 3.112 },
  { figure: 'author following', mean: 6.258, sd: 1.862 },
  { figure: 'reader followers', mean: 5.266, sd: 1.661 },
  { figure: 'reader following', mean: 5.834, sd: 1.194 },
  { figure: 'tokens', mean: 3.626, sd: 0.689 },
] as const;
