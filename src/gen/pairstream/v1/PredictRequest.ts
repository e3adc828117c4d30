// Original file: proto/pairstream/v1/pair_service.proto

import type { UserTable as _pairstream_v1_UserTable, UserTable__Output as _pairstream_v1_UserTable__Output } from '../../pairstream/v1/UserTable.js';
import type { TweetTable as _pairstream_v1_TweetTable, TweetTable__Output as _pairstream_v1_TweetTable__Output } from '../../pairstream/v1/TweetTable.js';
import type { PairTable as _pairstream_v1_PairTable, PairTable__Output as _pairstream_v1_PairTable__Output } from '../../pairstream/v1/PairTable.js';
import type { Long } from '@grpc/proto-loader';

export interface PredictRequest {
  'sequence'?: (number | string | Long);
  'timeout_ms'?: (number);
  'users'?: (_pairstream_v1_UserTable | null);
  'tweets'?: (_pairstream_v1_TweetTable | null);
  'pairs'?: (_pairstream_v1_PairTable | null);
}

export interface PredictRequest__Output {
  'sequence'?: (string);
  'timeout_ms'?: (number);
  'users'?: (_pairstream_v1_UserTable__Output);
  'tweets'?: (_pairstream_v1_TweetTable__Output);
  'pairs'?: (_pairstream_v1_PairTable__Output);
}
