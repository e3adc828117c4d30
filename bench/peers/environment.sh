#!/usr/bin/env bash
# Makes <work>/venv with the locked packages of the peers. Exits 3 when there is no Python 3.9 or newer with venv.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
venv="$1/venv"
if cmp -s "$here/requirements.lock" "$venv/requirements.lock"; then exit 0; fi
for candidate in python3.13 python3.12 python3.11 python3.10 python3; do
  if "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 9))' >/dev/null 2>&1; then
    python="$candidate"
    break
  fi
done
if [ -z "${python:-}" ]; then exit 3; fi
"$python" -m venv --clear "$venv"
"$venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check \
  --require-hashes --only-binary :all: --requirement "$here/requirements.lock" >&2
cp "$here/requirements.lock" "$venv/requirements.lock"
