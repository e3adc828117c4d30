#!/usr/bin/env bash
# Rewrites docs/reference from the built sources, the wire modules from proto/, the forest kernel from its AssemblyScript, and the
# imports in the READMEs of src/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/node-on-path.sh
node scripts/generate-wire.ts
node scripts/generate-forest-kernel.ts
node scripts/room-imports.ts
./pairstream reference --out docs/reference
