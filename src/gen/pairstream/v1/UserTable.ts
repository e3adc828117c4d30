// Original file: proto/pairstream/v1/pair_service.proto

import type { Long } from '@grpc/proto-loader';

export interface UserTable {
  'id'?: (Buffer | Uint8Array | string)[];
  'follower_count'?: (number | string | Long)[];
  'following_count'?: (number | string | Long)[];
}

export interface UserTable__Output {
  'id'?: (Buffer)[];
  'follower_count'?: (string)[];
  'following_count'?: (string)[];
}
