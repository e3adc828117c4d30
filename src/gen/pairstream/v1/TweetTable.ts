// Original file: proto/pairstream/v1/pair_service.proto

import type { TweetType as _pairstream_v1_TweetType, TweetType__Output as _pairstream_v1_TweetType__Output } from '../../pairstream/v1/TweetType.js';
import type { Media as _pairstream_v1_Media, Media__Output as _pairstream_v1_Media__Output } from '../../pairstream/v1/Media.js';
import type { Long } from '@grpc/proto-loader';

export interface TweetTable {
  'author_index'?: (number)[];
  'type'?: (_pairstream_v1_TweetType)[];
  'language'?: (string)[];
  'created_at_s'?: (number | string | Long)[];
  'token_count'?: (number)[];
  'token'?: (number)[];
  'media_count'?: (number)[];
  'media'?: (_pairstream_v1_Media)[];
  'hashtag_count'?: (number)[];
  'link_count'?: (number)[];
  'domain_count'?: (number)[];
}

export interface TweetTable__Output {
  'author_index'?: (number)[];
  'type'?: (_pairstream_v1_TweetType__Output)[];
  'language'?: (string)[];
  'created_at_s'?: (string)[];
  'token_count'?: (number)[];
  'token'?: (number)[];
  'media_count'?: (number)[];
  'media'?: (_pairstream_v1_Media__Output)[];
  'hashtag_count'?: (number)[];
  'link_count'?: (number)[];
  'domain_count'?: (number)[];
}
