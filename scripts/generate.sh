#!/usr/bin/env bash
# Rewrites docs/reference from the built sources.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
./pairstream reference --out docs/reference
