#!/usr/bin/env bash
# Puts grpcurl into a folder (built by Go from its module proxy) and prints its path; what is there is kept.
# Exits 3 when this machine has neither grpcurl nor Go; with PAIRSTREAM_REQUIRE_ALL=1 Go is fetched, see find-go.sh.
# Usage: scripts/install-grpcurl.sh FOLDER
set -euo pipefail
version=v1.9.3
mkdir -p "$1"
folder="$(cd "$1" && pwd)"
if [ -x "$folder/grpcurl" ]; then
  echo "$folder/grpcurl"
  exit 0
fi
if command -v grpcurl; then exit 0; fi
go="$("$(dirname "${BASH_SOURCE[0]}")/find-go.sh" "$folder")"
GOBIN="$folder" GOFLAGS=-mod=mod "$go" install "github.com/fullstorydev/grpcurl/cmd/grpcurl@$version" >&2
echo "$folder/grpcurl"
