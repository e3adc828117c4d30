#!/usr/bin/env bash
# Makes a Python environment of the packages of a lock file, or leaves it as it is when it is current.
# Usage: scripts/python-environment.sh LOCK_FILE ENVIRONMENT_FOLDER
# Exits 3 when this machine has no Python 3.11 or newer with venv, 1 when the packages could not be installed.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lock.sh"
. "$(dirname "${BASH_SOURCE[0]}")/install-locked.sh"
lock_file="$1"
folder="$2"
is_current() { cmp -s "$lock_file" "$folder/requirements.lock" && "$folder/bin/python" -c '' 2>/dev/null; }
if is_current; then exit 0; fi
candidates=(python3.13 python3.12 python3.11 python3)
for candidate in "${candidates[@]}"; do
  if "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
    python="$candidate"
    break
  fi
done
if [ -z "${python:-}" ]; then
  echo "$lock_file needs Python 3.11 or newer with its venv module, and none of ${candidates[*]} is one" >&2
  exit 3
fi
mkdir -p "$(dirname "$folder")"
lock "$folder.lock"
if is_current; then exit 0; fi
"$python" -m venv --clear "$folder"
install_locked "$folder/bin/python" "$lock_file"
# Last, so that a half-made environment is never taken for a finished one.
cp "$lock_file" "$folder/requirements.lock"
