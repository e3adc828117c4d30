// Original file: proto/pairstream/v1/pair_service.proto

import type { ModelInfo as _pairstream_v1_ModelInfo, ModelInfo__Output as _pairstream_v1_ModelInfo__Output } from '../../pairstream/v1/ModelInfo.js';

export interface GetServerInfoResponse {
  'server_version'?: (string);
  'release_id'?: (string);
  'pipeline'?: (string);
  'targets'?: (string)[];
  'models'?: (_pairstream_v1_ModelInfo)[];
  'backend'?: (string);
  'max_pairs_per_message'?: (number);
  'max_message_bytes'?: (number);
  'vocabulary_size'?: (number);
}

export interface GetServerInfoResponse__Output {
  'server_version'?: (string);
  'release_id'?: (string);
  'pipeline'?: (string);
  'targets'?: (string)[];
  'models'?: (_pairstream_v1_ModelInfo__Output)[];
  'backend'?: (string);
  'max_pairs_per_message'?: (number);
  'max_message_bytes'?: (number);
  'vocabulary_size'?: (number);
}
