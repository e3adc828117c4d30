// Generated from proto/ by scripts/generate-wire.ts. Do not edit; run `make docs`.
import type { INamespace } from 'protobufjs/light.js';

/** Descriptor of the messages and services, in the JSON format of protobufjs. */
export const DESCRIPTOR: INamespace = JSON.parse(`{
 "nested": {
  "pairstream": {
   "nested": {
    "v1": {
     "nested": {
      "PairService": {
       "methods": {
        "Predict": { "requestType": "PredictRequest", "responseType": "PredictResponse" },
        "PredictStream": { "requestType": "PredictRequest", "requestStream": true, "responseType": "PredictResponse", "responseStream": true },
        "GetServerInfo": { "requestType": "GetServerInfoRequest", "responseType": "GetServerInfoResponse" }
       }
      },
      "PredictRequest": {
       "fields": {
        "sequence": { "type": "uint64", "id": 1 },
        "timeout_ms": { "type": "uint32", "id": 2 },
        "users": { "type": "UserTable", "id": 3 },
        "tweets": { "type": "TweetTable", "id": 4 },
        "pairs": { "type": "PairTable", "id": 5 },
        "options": { "type": "PredictOptions", "id": 6 }
       }
      },
      "PredictOptions": {
       "fields": {
        "score_weights": { "type": "ScoreWeights", "id": 1 },
        "top_k": { "type": "uint32", "id": 2 },
        "explain": { "type": "bool", "id": 3 },
        "ordered": { "type": "bool", "id": 4 },
        "min_rung": { "type": "string", "id": 5 },
        "keep_probabilities": { "type": "bool", "id": 6 },
        "rank_per_reader": { "type": "bool", "id": 7 }
       }
      },
      "ScoreWeights": {
       "fields": {
        "reply": { "type": "float", "id": 1 },
        "retweet": { "type": "float", "id": 2 },
        "quote": { "type": "float", "id": 3 },
        "like": { "type": "float", "id": 4 }
       }
      },
      "UserTable": {
       "fields": {
        "id": { "rule": "repeated", "type": "bytes", "id": 1 },
        "follower_count": { "rule": "repeated", "type": "int64", "id": 2 },
        "following_count": { "rule": "repeated", "type": "int64", "id": 3 },
        "is_verified": { "rule": "repeated", "type": "bool", "id": 4 },
        "account_created_at_s": { "rule": "repeated", "type": "int64", "id": 5 },
        "id_text": { "rule": "repeated", "type": "string", "id": 6 },
        "id_number": { "rule": "repeated", "type": "uint64", "id": 7 }
       }
      },
      "TweetType": {
       "values": { "TWEET_TYPE_UNSPECIFIED": 0, "TWEET_TYPE_TOP_LEVEL": 1, "TWEET_TYPE_RETWEET": 2, "TWEET_TYPE_QUOTE": 3 }
      },
      "Media": {
       "values": { "MEDIA_UNSPECIFIED": 0, "MEDIA_PHOTO": 1, "MEDIA_VIDEO": 2, "MEDIA_GIF": 3 }
      },
      "TweetTable": {
       "fields": {
        "author_index": { "rule": "repeated", "type": "uint32", "id": 1 },
        "type": { "rule": "repeated", "type": "TweetType", "id": 2 },
        "language": { "rule": "repeated", "type": "string", "id": 3 },
        "created_at_s": { "rule": "repeated", "type": "int64", "id": 4 },
        "token_count": { "rule": "repeated", "type": "uint32", "id": 5 },
        "token": { "rule": "repeated", "type": "uint32", "id": 6 },
        "media_count": { "rule": "repeated", "type": "uint32", "id": 7 },
        "media": { "rule": "repeated", "type": "Media", "id": 8 },
        "hashtag_count": { "rule": "repeated", "type": "uint32", "id": 9 },
        "link_count": { "rule": "repeated", "type": "uint32", "id": 10 },
        "domain_count": { "rule": "repeated", "type": "uint32", "id": 11 },
        "text": { "rule": "repeated", "type": "string", "id": 12 },
        "id": { "rule": "repeated", "type": "bytes", "id": 13 },
        "id_text": { "rule": "repeated", "type": "string", "id": 14 },
        "id_number": { "rule": "repeated", "type": "uint64", "id": 15 },
        "first_hashtag": { "rule": "repeated", "type": "string", "id": 16 },
        "first_link": { "rule": "repeated", "type": "string", "id": 17 },
        "first_domain": { "rule": "repeated", "type": "string", "id": 18 }
       }
      },
      "PairTable": {
       "fields": {
        "tweet_index": { "rule": "repeated", "type": "uint32", "id": 1 },
        "reader_index": { "rule": "repeated", "type": "uint32", "id": 2 },
        "author_follows_reader": { "rule": "repeated", "type": "bool", "id": 3 },
        "as_of_s": { "rule": "repeated", "type": "int64", "id": 4 }
       }
      },
      "PredictResponse": {
       "fields": {
        "sequence": { "type": "uint64", "id": 1 },
        "status": { "type": "google.rpc.Status", "id": 2 },
        "reply": { "rule": "repeated", "type": "float", "id": 3 },
        "retweet": { "rule": "repeated", "type": "float", "id": 4 },
        "quote": { "rule": "repeated", "type": "float", "id": 5 },
        "like": { "rule": "repeated", "type": "float", "id": 6 },
        "row_status": { "rule": "repeated", "type": "RowStatus", "id": 7 },
        "release_id": { "type": "string", "id": 8 },
        "timing": { "type": "Timing", "id": 9 },
        "ranked_pair_index": { "rule": "repeated", "type": "uint32", "id": 10 },
        "ranked_score": { "rule": "repeated", "type": "double", "id": 11 },
        "explanation": { "type": "Explanation", "id": 12 },
        "rung": { "type": "string", "id": 13 },
        "missing_members": { "rule": "repeated", "type": "string", "id": 14 },
        "ranked_probabilities": { "type": "RankedProbabilities", "id": 15 },
        "ranked_reader_index": { "rule": "repeated", "type": "uint32", "id": 16 },
        "ranked_count": { "rule": "repeated", "type": "uint32", "id": 17 }
       }
      },
      "RankedProbabilities": {
       "fields": {
        "reply": { "rule": "repeated", "type": "float", "id": 1 },
        "retweet": { "rule": "repeated", "type": "float", "id": 2 },
        "quote": { "rule": "repeated", "type": "float", "id": 3 },
        "like": { "rule": "repeated", "type": "float", "id": 4 }
       }
      },
      "Explanation": {
       "fields": {
        "pair_index": { "rule": "repeated", "type": "uint32", "id": 1 },
        "feature": { "rule": "repeated", "type": "FeatureColumn", "id": 2 },
        "member": { "rule": "repeated", "type": "MemberOpinion", "id": 3 }
       }
      },
      "FeatureColumn": {
       "fields": {
        "name": { "type": "string", "id": 1 },
        "value": { "rule": "repeated", "type": "float", "id": 2 }
       }
      },
      "MemberOpinion": {
       "fields": {
        "model": { "type": "string", "id": 1 },
        "reply": { "rule": "repeated", "type": "float", "id": 2 },
        "retweet": { "rule": "repeated", "type": "float", "id": 3 },
        "quote": { "rule": "repeated", "type": "float", "id": 4 },
        "like": { "rule": "repeated", "type": "float", "id": 5 },
        "weight": { "type": "ScoreWeights", "id": 6 },
        "use": { "type": "MemberUse", "id": 7 }
       }
      },
      "MemberUse": {
       "values": { "MEMBER_USE_UNSPECIFIED": 0, "MEMBER_USE_WEIGHTED": 1, "MEMBER_USE_INPUT": 2, "MEMBER_USE_NONE": 3, "MEMBER_USE_MISSING": 4 }
      },
      "RowStatus": {
       "fields": {
        "pair_index": { "type": "uint32", "id": 1 },
        "code": { "type": "int32", "id": 2 },
        "reason": { "type": "string", "id": 3 },
        "message": { "type": "string", "id": 4 }
       }
      },
      "Timing": {
       "fields": {
        "queue_us": { "type": "uint32", "id": 1 },
        "features_us": { "type": "uint32", "id": 2 },
        "inference_us": { "type": "uint32", "id": 3 },
        "total_us": { "type": "uint32", "id": 4 }
       }
      },
      "GetServerInfoRequest": {
       "fields": {}
      },
      "GetServerInfoResponse": {
       "fields": {
        "server_version": { "type": "string", "id": 1 },
        "release_id": { "type": "string", "id": 2 },
        "pipeline": { "type": "string", "id": 3 },
        "targets": { "rule": "repeated", "type": "string", "id": 4 },
        "models": { "rule": "repeated", "type": "ModelInfo", "id": 5 },
        "backend": { "type": "string", "id": 6 },
        "max_pairs_per_message": { "type": "uint32", "id": 7 },
        "max_message_bytes": { "type": "uint32", "id": 8 },
        "vocabulary_size": { "type": "uint32", "id": 9 },
        "rungs": { "rule": "repeated", "type": "RungInfo", "id": 10 },
        "explain_bytes_per_pair": { "type": "uint32", "id": 11 },
        "explain_base_bytes": { "type": "uint32", "id": 12 }
       }
      },
      "RungInfo": {
       "oneofs": {
        "_rce": { "oneof": [ "rce" ] }
       },
       "fields": {
        "name": { "type": "string", "id": 1 },
        "rce": {
         "type": "double",
         "id": 2,
         "options": { "proto3_optional": true }
        }
       }
      },
      "ModelInfo": {
       "fields": {
        "name": { "type": "string", "id": 1 },
        "version": { "type": "string", "id": 2 },
        "content_sha256": { "type": "string", "id": 3 }
       }
      }
     }
    }
   }
  },
  "google": {
   "nested": {
    "protobuf": {
     "nested": {
      "Any": {
       "fields": {
        "type_url": { "type": "string", "id": 1 },
        "value": { "type": "bytes", "id": 2 }
       }
      },
      "Duration": {
       "fields": {
        "seconds": { "type": "int64", "id": 1 },
        "nanos": { "type": "int32", "id": 2 }
       }
      }
     }
    },
    "rpc": {
     "nested": {
      "Status": {
       "fields": {
        "code": { "type": "int32", "id": 1 },
        "message": { "type": "string", "id": 2 },
        "details": { "rule": "repeated", "type": "google.protobuf.Any", "id": 3 }
       }
      },
      "ErrorInfo": {
       "fields": {
        "reason": { "type": "string", "id": 1 },
        "domain": { "type": "string", "id": 2 }
       }
      },
      "RetryInfo": {
       "fields": {
        "retry_delay": { "type": "google.protobuf.Duration", "id": 1 }
       }
      },
      "BadRequest": {
       "fields": {
        "field_violations": { "rule": "repeated", "type": "FieldViolation", "id": 1 }
       },
       "nested": {
        "FieldViolation": {
         "fields": {
          "field": { "type": "string", "id": 1 },
          "description": { "type": "string", "id": 2 }
         }
        }
       }
      }
     }
    }
   }
  }
 }
}`);
