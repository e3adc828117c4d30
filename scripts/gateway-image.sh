#!/usr/bin/env bash
# Builds the image of the gateway from the current sources and prints its name. Docker's cache makes a build without changes take seconds.
# Usage: scripts/gateway-image.sh
#   BASE_IMAGE  debian:bookworm-slim
# Exits 3 if there is no Docker or the base image cannot be had, 1 if the build fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export BASE_IMAGE="${BASE_IMAGE:-debian:bookworm-slim}"
image=pairstream-gateway
. scripts/lock.sh
mkdir -p .build
# One build at a time: the second takes everything from the cache of the first.
lock .build/gateway-image.lock
scripts/base-image.sh
log="$(mktemp)"
if ! docker build --build-arg "BASE_IMAGE=$BASE_IMAGE" --file docker/gateway/Dockerfile --tag "$image" . >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  rm "$log"
  exit 1
fi
rm "$log"
echo "$image"
