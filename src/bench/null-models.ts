import type { NullModel } from '../backends/null/null-backend.js';

const FP32 = 'FP32' as const;
const INT32 = 'INT32' as const;

/** The tensors of the shipped models, for a backend that runs none. */
export const SHIPPED_MODELS: Readonly<Record<string, NullModel>> = {
  xgb1: {
    inputs: [{ name: 'input__0', datatype: FP32, shape: [-1, 70] }],
    outputs: [{ name: 'output__0', datatype: FP32, shape: [-1, 12] }],
  },
  nn1_tweet: {
    inputs: [
      { name: 'tokens', datatype: INT32, shape: [-1, 48] },
      { name: 'features', datatype: FP32, shape: [-1, 26] },
    ],
    outputs: [{ name: 'tweet_vector', datatype: FP32, shape: [-1, 832] }],
  },
  nn1: {
    inputs: [
      { name: 'features', datatype: FP32, shape: [-1, 5] },
      { name: 'user_index', datatype: INT32, shape: [-1, 2] },
      { name: 'tweet_vector', datatype: FP32, shape: [-1, 832] },
    ],
    outputs: [{ name: 'output__0', datatype: FP32, shape: [-1, 8] }],
  },
};
