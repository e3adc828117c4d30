#!/usr/bin/env bash
# Packs the gateway and the packages into .work/tarballs, and checks that their versions and files agree. Needs a build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/node-on-path.sh
out=.work/tarballs
rm -rf "$out" && mkdir -p "$out"
version="$(node -p 'require("./package.json").version')"
npm pack --ignore-scripts --silent --workspaces --include-workspace-root --pack-destination "$out" >/dev/null
for name in pairstream pairstream-{client,grpc-channel,triton-client,triton-testing}; do
  tarball="$out/$name-$version.tgz"
  if [ ! -f "$tarball" ]; then
    echo "$tarball is missing: every package.json needs version $version" >&2
    exit 1
  fi
  files="$(tar -tzf "$tarball")"
  for file in LICENSE README.md package.json; do
    if ! grep -qx "package/$file" <<<"$files"; then
      echo "$tarball: $file is missing" >&2
      exit 1
    fi
  done
  others="$(tar -xzOf "$tarball" package/package.json | grep '"@pairstream/[a-z-]*": "' | grep -v "\"$version\"" || true)"
  if [ -n "$others" ]; then
    echo "$tarball depends on another version than $version:$others" >&2
    exit 1
  fi
  echo "$tarball $(stat -c %s "$tarball") bytes"
done
