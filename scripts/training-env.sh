#!/usr/bin/env bash
# Makes training/.venv from a lock file, or leaves it as it is when it is current. Usage: scripts/training-env.sh [nets]
#   (nothing)  trees and tests; an environment that has PyTorch as well is left as it is
#   nets       PyTorch too, which is several gigabytes on Linux
# Exits 3 when this machine has no Python that can do it, 1 when the packages could not be installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../training"
case "${1:-}" in
  '') lock=requirements.lock ;;
  nets) lock=requirements-nets.lock ;;
  *)
    echo "unknown part '$1', expected nets or nothing" >&2
    exit 2
    ;;
esac
. ../scripts/lock.sh
. ../scripts/install-locked.sh
is_made_of() { cmp -s "$1" .venv/requirements.lock && .venv/bin/python -c '' 2>/dev/null; }
is_current() { is_made_of "$lock" || is_made_of requirements-nets.lock; }
if is_current; then exit 0; fi

candidates=(python3.13 python3.12 python3.11 python3)
for candidate in "${candidates[@]}"; do
  if "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
    python="$candidate"
    break
  fi
done
if [ -z "${python:-}" ]; then
  echo "training needs Python 3.11 or newer with its venv module, and none of ${candidates[*]} is one" >&2
  echo "(on Debian and Ubuntu: apt-get install python3 python3-venv). Serving needs no Python." >&2
  exit 3
fi
# `venv --clear` empties the folder that a link leads to, which may be the environment of another checkout.
if [ -L .venv ]; then
  echo "training/.venv is a link to $(readlink .venv), which is not made of training/$lock; remove the link and run this again" >&2
  exit 1
fi
if [ ! -w . ]; then
  echo "training/ is not writable, so its environment training/.venv cannot be made" >&2
  exit 1
fi
# One at a time: the test suites and `make train` all come here.
lock "$PWD/.venv.lock"
if is_current; then exit 0; fi

echo "installing $lock of training/ into training/.venv ($("$python" --version))" >&2
"$python" -m venv --clear .venv
install_locked .venv/bin/python "$lock"
# Last, so that a half-made environment is never taken for a finished one.
cp "$lock" .venv/requirements.lock
