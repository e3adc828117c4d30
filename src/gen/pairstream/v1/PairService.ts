// Original file: proto/pairstream/v1/pair_service.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { GetServerInfoRequest as _pairstream_v1_GetServerInfoRequest, GetServerInfoRequest__Output as _pairstream_v1_GetServerInfoRequest__Output } from '../../pairstream/v1/GetServerInfoRequest.js';
import type { GetServerInfoResponse as _pairstream_v1_GetServerInfoResponse, GetServerInfoResponse__Output as _pairstream_v1_GetServerInfoResponse__Output } from '../../pairstream/v1/GetServerInfoResponse.js';
import type { PredictRequest as _pairstream_v1_PredictRequest, PredictRequest__Output as _pairstream_v1_PredictRequest__Output } from '../../pairstream/v1/PredictRequest.js';
import type { PredictResponse as _pairstream_v1_PredictResponse, PredictResponse__Output as _pairstream_v1_PredictResponse__Output } from '../../pairstream/v1/PredictResponse.js';

export interface PairServiceClient extends grpc.Client {
  GetServerInfo(argument: _pairstream_v1_GetServerInfoRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_pairstream_v1_GetServerInfoResponse__Output>): grpc.ClientUnaryCall;
  GetServerInfo(argument: _pairstream_v1_GetServerInfoRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_pairstream_v1_GetServerInfoResponse__Output>): grpc.ClientUnaryCall;
  GetServerInfo(argument: _pairstream_v1_GetServerInfoRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_pairstream_v1_GetServerInfoResponse__Output>): grpc.ClientUnaryCall;
  GetServerInfo(argument: _pairstream_v1_GetServerInfoRequest, callback: grpc.requestCallback<_pairstream_v1_GetServerInfoResponse__Output>): grpc.ClientUnaryCall;
  getServerInfo(argument: _pairstream_v1_GetServerInfoRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_pairstream_v1_GetServerInfoResponse__Output>): grpc.ClientUnaryCall;
  getServerInfo(argument: _pairstream_v1_GetServerInfoRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_pairstream_v1_GetServerInfoResponse__Output>): grpc.ClientUnaryCall;
  getServerInfo(argument: _pairstream_v1_GetServerInfoRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_pairstream_v1_GetServerInfoResponse__Output>): grpc.ClientUnaryCall;
  getServerInfo(argument: _pairstream_v1_GetServerInfoRequest, callback: grpc.requestCallback<_pairstream_v1_GetServerInfoResponse__Output>): grpc.ClientUnaryCall;
  
  Predict(argument: _pairstream_v1_PredictRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_pairstream_v1_PredictResponse__Output>): grpc.ClientUnaryCall;
  Predict(argument: _pairstream_v1_PredictRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_pairstream_v1_PredictResponse__Output>): grpc.ClientUnaryCall;
  Predict(argument: _pairstream_v1_PredictRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_pairstream_v1_PredictResponse__Output>): grpc.ClientUnaryCall;
  Predict(argument: _pairstream_v1_PredictRequest, callback: grpc.requestCallback<_pairstream_v1_PredictResponse__Output>): grpc.ClientUnaryCall;
  predict(argument: _pairstream_v1_PredictRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_pairstream_v1_PredictResponse__Output>): grpc.ClientUnaryCall;
  predict(argument: _pairstream_v1_PredictRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_pairstream_v1_PredictResponse__Output>): grpc.ClientUnaryCall;
  predict(argument: _pairstream_v1_PredictRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_pairstream_v1_PredictResponse__Output>): grpc.ClientUnaryCall;
  predict(argument: _pairstream_v1_PredictRequest, callback: grpc.requestCallback<_pairstream_v1_PredictResponse__Output>): grpc.ClientUnaryCall;
  
  PredictStream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_pairstream_v1_PredictRequest, _pairstream_v1_PredictResponse__Output>;
  PredictStream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_pairstream_v1_PredictRequest, _pairstream_v1_PredictResponse__Output>;
  predictStream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_pairstream_v1_PredictRequest, _pairstream_v1_PredictResponse__Output>;
  predictStream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_pairstream_v1_PredictRequest, _pairstream_v1_PredictResponse__Output>;
  
}

export interface PairServiceHandlers extends grpc.UntypedServiceImplementation {
  GetServerInfo: grpc.handleUnaryCall<_pairstream_v1_GetServerInfoRequest__Output, _pairstream_v1_GetServerInfoResponse>;
  
  Predict: grpc.handleUnaryCall<_pairstream_v1_PredictRequest__Output, _pairstream_v1_PredictResponse>;
  
  PredictStream: grpc.handleBidiStreamingCall<_pairstream_v1_PredictRequest__Output, _pairstream_v1_PredictResponse>;
  
}

export interface PairServiceDefinition extends grpc.ServiceDefinition {
  GetServerInfo: MethodDefinition<_pairstream_v1_GetServerInfoRequest, _pairstream_v1_GetServerInfoResponse, _pairstream_v1_GetServerInfoRequest__Output, _pairstream_v1_GetServerInfoResponse__Output>
  Predict: MethodDefinition<_pairstream_v1_PredictRequest, _pairstream_v1_PredictResponse, _pairstream_v1_PredictRequest__Output, _pairstream_v1_PredictResponse__Output>
  PredictStream: MethodDefinition<_pairstream_v1_PredictRequest, _pairstream_v1_PredictResponse, _pairstream_v1_PredictRequest__Output, _pairstream_v1_PredictResponse__Output>
}
