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
        "Feedback": { "requestType": "FeedbackRequest", "requestStream": true, "responseType": "FeedbackResponse", "responseStream": true },
        "GetServerInfo": { "requestType": "GetServerInfoRequest", "responseType": "GetServerInfoResponse" }
       }
      },
      "PredictRequest": {
       "fields": {
        "sequence": { "type": "uint64", "id": 1 },
        "timeoutMs": { "type": "uint32", "id": 2, "protoName": "timeout_ms" },
        "users": { "type": "UserTable", "id": 3 },
        "tweets": { "type": "TweetTable", "id": 4 },
        "pairs": { "type": "PairTable", "id": 5 },
        "options": { "type": "PredictOptions", "id": 6 }
       }
      },
      "PredictOptions": {
       "fields": {
        "scoreWeights": { "type": "ScoreWeights", "id": 1, "protoName": "score_weights" },
        "topK": { "type": "uint32", "id": 2, "protoName": "top_k" },
        "explain": { "type": "bool", "id": 3 },
        "ordered": { "type": "bool", "id": 4 },
        "minRung": { "type": "string", "id": 5, "protoName": "min_rung" },
        "keepProbabilities": { "type": "bool", "id": 6, "protoName": "keep_probabilities" },
        "rankPerReader": { "type": "bool", "id": 7, "protoName": "rank_per_reader" },
        "feedback": { "type": "FeedbackOptions", "id": 8 }
       }
      },
      "FeedbackOptions": {
       "fields": {
        "tokens": { "type": "bool", "id": 1 },
        "remember": { "type": "bool", "id": 2 },
        "shown": { "type": "bool", "id": 3 },
        "tokensOnly": { "type": "bool", "id": 4, "protoName": "tokens_only" }
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
        "followerCount": { "rule": "repeated", "type": "int64", "id": 2, "protoName": "follower_count" },
        "followingCount": { "rule": "repeated", "type": "int64", "id": 3, "protoName": "following_count" },
        "isVerified": { "rule": "repeated", "type": "bool", "id": 4, "protoName": "is_verified" },
        "accountCreatedAtS": { "rule": "repeated", "type": "int64", "id": 5, "protoName": "account_created_at_s" },
        "idText": { "rule": "repeated", "type": "string", "id": 6, "protoName": "id_text" },
        "idNumber": { "rule": "repeated", "type": "uint64", "id": 7, "protoName": "id_number" }
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
        "authorIndex": { "rule": "repeated", "type": "uint32", "id": 1, "protoName": "author_index" },
        "type": { "rule": "repeated", "type": "TweetType", "id": 2 },
        "language": { "rule": "repeated", "type": "string", "id": 3 },
        "createdAtS": { "rule": "repeated", "type": "int64", "id": 4, "protoName": "created_at_s" },
        "tokenCount": { "rule": "repeated", "type": "uint32", "id": 5, "protoName": "token_count" },
        "token": { "rule": "repeated", "type": "uint32", "id": 6 },
        "mediaCount": { "rule": "repeated", "type": "uint32", "id": 7, "protoName": "media_count" },
        "media": { "rule": "repeated", "type": "Media", "id": 8 },
        "hashtagCount": { "rule": "repeated", "type": "uint32", "id": 9, "protoName": "hashtag_count" },
        "linkCount": { "rule": "repeated", "type": "uint32", "id": 10, "protoName": "link_count" },
        "domainCount": { "rule": "repeated", "type": "uint32", "id": 11, "protoName": "domain_count" },
        "text": { "rule": "repeated", "type": "string", "id": 12 },
        "id": { "rule": "repeated", "type": "bytes", "id": 13 },
        "idText": { "rule": "repeated", "type": "string", "id": 14, "protoName": "id_text" },
        "idNumber": { "rule": "repeated", "type": "uint64", "id": 15, "protoName": "id_number" },
        "firstHashtag": { "rule": "repeated", "type": "string", "id": 16, "protoName": "first_hashtag" },
        "firstLink": { "rule": "repeated", "type": "string", "id": 17, "protoName": "first_link" },
        "firstDomain": { "rule": "repeated", "type": "string", "id": 18, "protoName": "first_domain" }
       }
      },
      "PairTable": {
       "fields": {
        "tweetIndex": { "rule": "repeated", "type": "uint32", "id": 1, "protoName": "tweet_index" },
        "readerIndex": { "rule": "repeated", "type": "uint32", "id": 2, "protoName": "reader_index" },
        "authorFollowsReader": { "rule": "repeated", "type": "bool", "id": 3, "protoName": "author_follows_reader" },
        "asOfS": { "rule": "repeated", "type": "int64", "id": 4, "protoName": "as_of_s" }
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
        "rowStatus": { "rule": "repeated", "type": "RowStatus", "id": 7, "protoName": "row_status" },
        "releaseId": { "type": "string", "id": 8, "protoName": "release_id" },
        "timing": { "type": "Timing", "id": 9 },
        "rankedPairIndex": { "rule": "repeated", "type": "uint32", "id": 10, "protoName": "ranked_pair_index" },
        "rankedScore": { "rule": "repeated", "type": "double", "id": 11, "protoName": "ranked_score" },
        "explanation": { "type": "Explanation", "id": 12 },
        "rung": { "type": "string", "id": 13 },
        "missingMembers": { "rule": "repeated", "type": "string", "id": 14, "protoName": "missing_members" },
        "rankedProbabilities": { "type": "RankedProbabilities", "id": 15, "protoName": "ranked_probabilities" },
        "rankedReaderIndex": { "rule": "repeated", "type": "uint32", "id": 16, "protoName": "ranked_reader_index" },
        "rankedCount": { "rule": "repeated", "type": "uint32", "id": 17, "protoName": "ranked_count" },
        "feedbackToken": { "rule": "repeated", "type": "bytes", "id": 18, "protoName": "feedback_token" },
        "predictionId": { "type": "bytes", "id": 19, "protoName": "prediction_id" },
        "shownStatus": { "type": "google.rpc.Status", "id": 20, "protoName": "shown_status" }
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
        "pairIndex": { "rule": "repeated", "type": "uint32", "id": 1, "protoName": "pair_index" },
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
        "use": { "type": "MemberUse", "id": 7 },
        "engine": { "type": "string", "id": 8 }
       }
      },
      "MemberUse": {
       "values": { "MEMBER_USE_UNSPECIFIED": 0, "MEMBER_USE_WEIGHTED": 1, "MEMBER_USE_INPUT": 2, "MEMBER_USE_NONE": 3, "MEMBER_USE_MISSING": 4 }
      },
      "RowStatus": {
       "fields": {
        "pairIndex": { "type": "uint32", "id": 1, "protoName": "pair_index" },
        "code": { "type": "int32", "id": 2 },
        "reason": { "type": "string", "id": 3 },
        "message": { "type": "string", "id": 4 }
       }
      },
      "Timing": {
       "fields": {
        "queueUs": { "type": "uint32", "id": 1, "protoName": "queue_us" },
        "featuresUs": { "type": "uint32", "id": 2, "protoName": "features_us" },
        "inferenceUs": { "type": "uint32", "id": 3, "protoName": "inference_us" },
        "totalUs": { "type": "uint32", "id": 4, "protoName": "total_us" },
        "statisticsAgeS": { "type": "uint32", "id": 5, "protoName": "statistics_age_s" },
        "feedbackLag": { "type": "uint32", "id": 6, "protoName": "feedback_lag" }
       }
      },
      "EventKind": {
       "values": { "EVENT_KIND_UNSPECIFIED": 0, "EVENT_KIND_IMPRESSION": 1, "EVENT_KIND_REPLY": 2, "EVENT_KIND_RETWEET": 3, "EVENT_KIND_QUOTE": 4, "EVENT_KIND_LIKE": 5 }
      },
      "FeedbackRequest": {
       "fields": {
        "sequence": { "type": "uint64", "id": 1 },
        "token": { "rule": "repeated", "type": "bytes", "id": 2 },
        "predictionId": { "type": "bytes", "id": 3, "protoName": "prediction_id" },
        "pairIndex": { "rule": "repeated", "type": "uint32", "id": 4, "protoName": "pair_index" },
        "kind": { "rule": "repeated", "type": "EventKind", "id": 5 },
        "timeS": { "rule": "repeated", "type": "int64", "id": 6, "protoName": "time_s" }
       }
      },
      "FeedbackResponse": {
       "fields": {
        "sequence": { "type": "uint64", "id": 1 },
        "status": { "type": "google.rpc.Status", "id": 2 },
        "acceptedCount": { "type": "uint32", "id": 3, "protoName": "accepted_count" },
        "duplicateCount": { "type": "uint32", "id": 4, "protoName": "duplicate_count" },
        "tooOldCount": { "type": "uint32", "id": 5, "protoName": "too_old_count" },
        "eventStatus": { "rule": "repeated", "type": "EventStatus", "id": 6, "protoName": "event_status" }
       }
      },
      "EventStatus": {
       "fields": {
        "eventIndex": { "type": "uint32", "id": 1, "protoName": "event_index" },
        "code": { "type": "int32", "id": 2 },
        "reason": { "type": "string", "id": 3 },
        "message": { "type": "string", "id": 4 }
       }
      },
      "GetServerInfoRequest": {
       "fields": {}
      },
      "GetServerInfoResponse": {
       "fields": {
        "serverVersion": { "type": "string", "id": 1, "protoName": "server_version" },
        "releaseId": { "type": "string", "id": 2, "protoName": "release_id" },
        "pipeline": { "type": "string", "id": 3 },
        "targets": { "rule": "repeated", "type": "string", "id": 4 },
        "models": { "rule": "repeated", "type": "ModelInfo", "id": 5 },
        "backend": { "type": "string", "id": 6 },
        "maxPairsPerMessage": { "type": "uint32", "id": 7, "protoName": "max_pairs_per_message" },
        "maxMessageBytes": { "type": "uint32", "id": 8, "protoName": "max_message_bytes" },
        "vocabularySize": { "type": "uint32", "id": 9, "protoName": "vocabulary_size" },
        "rungs": { "rule": "repeated", "type": "RungInfo", "id": 10 },
        "explainBytesPerPair": { "type": "uint32", "id": 11, "protoName": "explain_bytes_per_pair" },
        "explainBaseBytes": { "type": "uint32", "id": 12, "protoName": "explain_base_bytes" },
        "feedback": { "type": "FeedbackInfo", "id": 13 },
        "workerCount": { "type": "uint32", "id": 14, "protoName": "worker_count" },
        "workerIndex": { "type": "uint32", "id": 15, "protoName": "worker_index" }
       }
      },
      "FeedbackInfo": {
       "fields": {
        "enabled": { "type": "bool", "id": 1 },
        "eventLog": { "type": "string", "id": 2, "protoName": "event_log" },
        "keyScheme": { "type": "uint32", "id": 3, "protoName": "key_scheme" },
        "newestEventS": { "type": "int64", "id": 4, "protoName": "newest_event_s" },
        "lag": { "type": "uint64", "id": 5 },
        "appliedCount": { "type": "uint64", "id": 6, "protoName": "applied_count" },
        "duplicateCount": { "type": "uint64", "id": 7, "protoName": "duplicate_count" },
        "tooOldCount": { "type": "uint64", "id": 8, "protoName": "too_old_count" },
        "maxEventsPerRequest": { "type": "uint32", "id": 9, "protoName": "max_events_per_request" }
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
        "contentSha256": { "type": "string", "id": 3, "protoName": "content_sha256" },
        "engine": { "type": "string", "id": 4 }
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
        "retryDelay": { "type": "google.protobuf.Duration", "id": 1, "protoName": "retry_delay" }
       }
      },
      "BadRequest": {
       "fields": {
        "fieldViolations": { "rule": "repeated", "type": "FieldViolation", "id": 1, "protoName": "field_violations" }
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
