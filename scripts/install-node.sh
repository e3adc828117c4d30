#!/usr/bin/env bash
# Installs Node and npm from the npm registry into a folder, checked by their SHA-512. Needs curl, openssl, tar and gzip.
# Usage: scripts/install-node.sh FOLDER    node and npm are then in FOLDER/bin
set -euo pipefail
folder="$1"
npm_version=11.21.2
npm_sha512=7HPApk+AflMUavSseL1Pm6CnYqMIHk53x+KmuhqmTDqPkjPMgxIpTPcTqsE91EKNw4gFBJV9fnXiSdGm1DXq9A==
node_version="$(sed -n 's/^pairstream_node_version=//p' "$(dirname "${BASH_SOURCE[0]}")/node-on-path.sh")"
case "$(uname -m)" in
  x86_64) architecture=x64 node_sha512=3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q== ;;
  aarch64) architecture=arm64 node_sha512=FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g== ;;
  *)
    echo "the processor is $(uname -m), expected x86_64 or aarch64" >&2
    exit 1
    ;;
esac

# PACKAGE VERSION SHA512 TARGET
install_package() {
  local package="$1" version="$2" sha512="$3" target="$4" archive seen
  archive="$(mktemp)"
  curl --fail --silent --show-error --location --retry 5 --retry-all-errors --output "$archive" \
    "https://registry.npmjs.org/$package/-/$package-$version.tgz"
  seen="$(openssl dgst -sha512 -binary "$archive" | openssl base64 -A)"
  if [ "$seen" != "$sha512" ]; then
    echo "$package@$version has SHA-512 $seen, expected $sha512" >&2
    exit 1
  fi
  mkdir -p "$target"
  tar --extract --gzip --file "$archive" --directory "$target" --strip-components 1 --no-same-owner
  rm "$archive"
}

install_package "node-linux-$architecture" "$node_version" "$node_sha512" "$folder/lib/node"
install_package npm "$npm_version" "$npm_sha512" "$folder/lib/npm"
mkdir -p "$folder/bin"
ln -sf ../lib/node/bin/node "$folder/bin/node"
ln -sf ../lib/npm/bin/npm-cli.js "$folder/bin/npm"
ln -sf ../lib/npm/bin/npx-cli.js "$folder/bin/npx"
