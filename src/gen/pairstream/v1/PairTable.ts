// Original file: proto/pairstream/v1/pair_service.proto

import type { Long } from '@grpc/proto-loader';

export interface PairTable {
  'tweet_index'?: (number)[];
  'reader_index'?: (number)[];
  'author_follows_reader'?: (boolean)[];
  'as_of_s'?: (number | string | Long)[];
}

export interface PairTable__Output {
  'tweet_index'?: (number)[];
  'reader_index'?: (number)[];
  'author_follows_reader'?: (boolean)[];
  'as_of_s'?: (string)[];
}
