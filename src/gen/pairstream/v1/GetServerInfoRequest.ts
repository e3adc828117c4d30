// Original file: proto/pairstream/v1/pair_service.proto


export interface GetServerInfoRequest {
}

export interface GetServerInfoRequest__Output {
}
