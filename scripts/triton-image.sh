#!/usr/bin/env bash
# Prints the name of the image of docker/triton-cpu, and builds it if there is none of just these sources.
# Usage: scripts/triton-image.sh
#   BASE_IMAGE  debian:bookworm-slim
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export BASE_IMAGE="${BASE_IMAGE:-debian:bookworm-slim}"
context=docker/triton-cpu
. scripts/lock.sh

# Names and contents of all that the image is made of.
list_sources() {
  find "$context" -type f \( -path '*/backends/*' -o -path '*/pairstream_backends/*' -o -name Dockerfile \
    -o -name install.sh -o -name requirements.lock -o -name server.lock \) -not -path '*/__pycache__/*' | LC_ALL=C sort
}
version="$({ echo "$BASE_IMAGE"; list_sources; list_sources | tr '\n' '\0' | xargs -0 cat; } | git hash-object --stdin)"
image="pairstream-triton-cpu:${version:0:12}"
is_built() { docker image inspect "$image" >/dev/null 2>&1; }
if ! is_built; then
  mkdir -p .build
  lock .build/triton-image.lock
  if ! is_built; then
    scripts/base-image.sh
    echo "building $image (about 350 MB of packages the first time)" >&2
    log="$(mktemp)"
    if ! docker build --build-arg "BASE_IMAGE=$BASE_IMAGE" --tag "$image" "$context" >"$log" 2>&1; then
      tail -n 40 "$log" >&2
      rm "$log"
      exit 1
    fi
    rm "$log"
  fi
fi
echo "$image"
