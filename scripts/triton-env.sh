#!/usr/bin/env bash
# Makes .toolchain/triton-cpu, in which Triton runs as a process, or leaves it as it is when it is current.
# Usage: scripts/triton-env.sh [dev]
#   (nothing)  what the server needs; an environment that has more is left as it is
#   dev        also what checks the backends and makes the models of their tests
# Exits 3 when this machine cannot have it, 1 when the packages could not be installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root="$PWD"
source="$root/docker/triton-cpu"
folder="$root/.toolchain/triton-cpu"
. scripts/lock.sh
case "${1:-}" in
  '') lock_file=requirements.lock ;;
  dev) lock_file=requirements-dev.lock ;;
  *)
    echo "unknown part '$1', expected dev or nothing" >&2
    exit 2
    ;;
esac
# What the environment is made of, and where its sources lie, in one file.
recipe() { echo "$source" && cat "$source/install.sh" "$source/server.lock" "$source/$1"; }
is_made_of() { recipe "$1" | cmp -s - "$folder/recipe" && "$folder/venv/bin/python" -c '' 2>/dev/null; }
is_current() { is_made_of "$lock_file" || is_made_of requirements-dev.lock; }
if is_current; then exit 0; fi

if [ "$(uname -s)" != Linux ]; then
  echo "Triton's server runs on Linux alone; on $(uname -s) it takes Docker (TRITON_MODE=docker)" >&2
  exit 3
fi
can_make_it() { "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1; }
libpython_of() {
  "$1" -c 'import os, sysconfig; print(os.path.join(sysconfig.get_config_var("LIBDIR"), "libpython3.11.so.1.0"))'
}
for candidate in python3.11 python3; do
  if can_make_it "$candidate"; then
    python="$candidate"
    break
  fi
done
if [ -z "${python:-}" ]; then
  echo "Triton as a process needs Python 3.11 with its venv module, and neither python3.11 nor python3 is one" >&2
  echo "(on Debian 12: apt-get install python3 python3-venv libpython3.11). With Docker it needs none." >&2
  exit 3
fi
libpython="$(libpython_of "$python")"
if [ ! -e "$libpython" ]; then
  echo "$libpython is missing, which Triton's Python backend loads" >&2
  echo "(on Debian 12: apt-get install libpython3.11). With Docker it is not needed." >&2
  exit 3
fi
mkdir -p "$root/.toolchain"
lock "$root/.toolchain/triton-cpu.lock"
if is_current; then exit 0; fi

echo "installing $lock_file and server.lock of docker/triton-cpu into .toolchain/triton-cpu ($("$python" --version))" >&2
rm -rf "$folder"
mkdir -p "$folder"
"$source/install.sh" "$python" "$folder" "$lock_file" >&2
for backend in fil onnxruntime; do ln -s "$source/backends/$backend" "$folder/tritonserver/backends/$backend"; done
echo "$source" >"$folder/venv/lib/python3.11/site-packages/pairstream_backends.pth"
ln -s "$libpython" "$folder/tritonserver/lib/"
# Last, so that a half-made environment is never taken for a finished one.
recipe "$lock_file" >"$folder/recipe"
