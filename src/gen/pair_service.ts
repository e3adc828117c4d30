import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Any as _google_protobuf_Any, Any__Output as _google_protobuf_Any__Output } from './google/protobuf/Any.js';
import type { Status as _google_rpc_Status, Status__Output as _google_rpc_Status__Output } from './google/rpc/Status.js';
import type { GetServerInfoRequest as _pairstream_v1_GetServerInfoRequest, GetServerInfoRequest__Output as _pairstream_v1_GetServerInfoRequest__Output } from './pairstream/v1/GetServerInfoRequest.js';
import type { GetServerInfoResponse as _pairstream_v1_GetServerInfoResponse, GetServerInfoResponse__Output as _pairstream_v1_GetServerInfoResponse__Output } from './pairstream/v1/GetServerInfoResponse.js';
import type { ModelInfo as _pairstream_v1_ModelInfo, ModelInfo__Output as _pairstream_v1_ModelInfo__Output } from './pairstream/v1/ModelInfo.js';
import type { PairServiceClient as _pairstream_v1_PairServiceClient, PairServiceDefinition as _pairstream_v1_PairServiceDefinition } from './pairstream/v1/PairService.js';
import type { PairTable as _pairstream_v1_PairTable, PairTable__Output as _pairstream_v1_PairTable__Output } from './pairstream/v1/PairTable.js';
import type { PredictRequest as _pairstream_v1_PredictRequest, PredictRequest__Output as _pairstream_v1_PredictRequest__Output } from './pairstream/v1/PredictRequest.js';
import type { PredictResponse as _pairstream_v1_PredictResponse, PredictResponse__Output as _pairstream_v1_PredictResponse__Output } from './pairstream/v1/PredictResponse.js';
import type { RowStatus as _pairstream_v1_RowStatus, RowStatus__Output as _pairstream_v1_RowStatus__Output } from './pairstream/v1/RowStatus.js';
import type { Timing as _pairstream_v1_Timing, Timing__Output as _pairstream_v1_Timing__Output } from './pairstream/v1/Timing.js';
import type { TweetTable as _pairstream_v1_TweetTable, TweetTable__Output as _pairstream_v1_TweetTable__Output } from './pairstream/v1/TweetTable.js';
import type { UserTable as _pairstream_v1_UserTable, UserTable__Output as _pairstream_v1_UserTable__Output } from './pairstream/v1/UserTable.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  google: {
    protobuf: {
      Any: MessageTypeDefinition<_google_protobuf_Any, _google_protobuf_Any__Output>
    }
    rpc: {
      Status: MessageTypeDefinition<_google_rpc_Status, _google_rpc_Status__Output>
    }
  }
  pairstream: {
    v1: {
      GetServerInfoRequest: MessageTypeDefinition<_pairstream_v1_GetServerInfoRequest, _pairstream_v1_GetServerInfoRequest__Output>
      GetServerInfoResponse: MessageTypeDefinition<_pairstream_v1_GetServerInfoResponse, _pairstream_v1_GetServerInfoResponse__Output>
      Media: EnumTypeDefinition
      ModelInfo: MessageTypeDefinition<_pairstream_v1_ModelInfo, _pairstream_v1_ModelInfo__Output>
      PairService: SubtypeConstructor<typeof grpc.Client, _pairstream_v1_PairServiceClient> & { service: _pairstream_v1_PairServiceDefinition }
      PairTable: MessageTypeDefinition<_pairstream_v1_PairTable, _pairstream_v1_PairTable__Output>
      PredictRequest: MessageTypeDefinition<_pairstream_v1_PredictRequest, _pairstream_v1_PredictRequest__Output>
      PredictResponse: MessageTypeDefinition<_pairstream_v1_PredictResponse, _pairstream_v1_PredictResponse__Output>
      RowStatus: MessageTypeDefinition<_pairstream_v1_RowStatus, _pairstream_v1_RowStatus__Output>
      Timing: MessageTypeDefinition<_pairstream_v1_Timing, _pairstream_v1_Timing__Output>
      TweetTable: MessageTypeDefinition<_pairstream_v1_TweetTable, _pairstream_v1_TweetTable__Output>
      TweetType: EnumTypeDefinition
      UserTable: MessageTypeDefinition<_pairstream_v1_UserTable, _pairstream_v1_UserTable__Output>
    }
  }
}

