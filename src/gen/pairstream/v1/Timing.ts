// Original file: proto/pairstream/v1/pair_service.proto


export interface Timing {
  'queue_us'?: (number);
  'features_us'?: (number);
  'inference_us'?: (number);
  'total_us'?: (number);
}

export interface Timing__Output {
  'queue_us'?: (number);
  'features_us'?: (number);
  'inference_us'?: (number);
  'total_us'?: (number);
}
