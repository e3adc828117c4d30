#!/usr/bin/env bash
# Regenerates what is generated and fails if the working tree changed by it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
generated=(docs ':(glob)**/generated/**' ':(glob)src/*/README.md')
before="$(git status --porcelain -- "${generated[@]}"; git diff -- "${generated[@]}" | git hash-object --stdin)"
scripts/generate.sh
after="$(git status --porcelain -- "${generated[@]}"; git diff -- "${generated[@]}" | git hash-object --stdin)"
if [ "$before" != "$after" ]; then
  echo "generated files were out of date; commit what changed:" >&2
  git status --porcelain -- "${generated[@]}" >&2
  exit 1
fi
