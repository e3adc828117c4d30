// Original file: proto/pairstream/v1/pair_service.proto

import type { Status as _google_rpc_Status, Status__Output as _google_rpc_Status__Output } from '../../google/rpc/Status.js';
import type { RowStatus as _pairstream_v1_RowStatus, RowStatus__Output as _pairstream_v1_RowStatus__Output } from '../../pairstream/v1/RowStatus.js';
import type { Timing as _pairstream_v1_Timing, Timing__Output as _pairstream_v1_Timing__Output } from '../../pairstream/v1/Timing.js';
import type { Long } from '@grpc/proto-loader';

export interface PredictResponse {
  'sequence'?: (number | string | Long);
  'status'?: (_google_rpc_Status | null);
  'reply'?: (number | string)[];
  'retweet'?: (number | string)[];
  'quote'?: (number | string)[];
  'like'?: (number | string)[];
  'row_status'?: (_pairstream_v1_RowStatus)[];
  'release_id'?: (string);
  'timing'?: (_pairstream_v1_Timing | null);
}

export interface PredictResponse__Output {
  'sequence'?: (string);
  'status'?: (_google_rpc_Status__Output);
  'reply'?: (number)[];
  'retweet'?: (number)[];
  'quote'?: (number)[];
  'like'?: (number)[];
  'row_status'?: (_pairstream_v1_RowStatus__Output)[];
  'release_id'?: (string);
  'timing'?: (_pairstream_v1_Timing__Output);
}
