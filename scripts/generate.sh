#!/usr/bin/env bash
# Regenerates src/gen from proto/ and docs/reference from the built sources.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/node-on-path.sh
proto-loader-gen-types --longs=String --enums=Number --oneofs --keepCase --grpcLib=@grpc/grpc-js --importFileExtension=.js \
  --includeDirs=proto --outDir=src/gen pairstream/v1/pair_service.proto google/rpc/error_details.proto >/dev/null
# The details are only sent as Any; the service types are all the code needs.
rm -f src/gen/error_details.ts
