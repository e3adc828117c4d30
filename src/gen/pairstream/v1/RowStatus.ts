// Original file: proto/pairstream/v1/pair_service.proto


export interface RowStatus {
  'pair_index'?: (number);
  'code'?: (number);
  'reason'?: (string);
  'message'?: (string);
}

export interface RowStatus__Output {
  'pair_index'?: (number);
  'code'?: (number);
  'reason'?: (string);
  'message'?: (string);
}
