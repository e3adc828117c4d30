// Original file: proto/pairstream/v1/pair_service.proto


export interface ModelInfo {
  'name'?: (string);
  'version'?: (string);
  'content_sha256'?: (string);
}

export interface ModelInfo__Output {
  'name'?: (string);
  'version'?: (string);
  'content_sha256'?: (string);
}
