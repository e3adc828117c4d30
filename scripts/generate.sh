#!/usr/bin/env bash
# Rewrites docs/reference from the built sources, and the wire modules from proto/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/node-on-path.sh
node scripts/generate-wire.ts
./pairstream reference --out docs/reference
