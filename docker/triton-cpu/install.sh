#!/bin/sh
# Installs NVIDIA's Triton server with its Python backend, and what the backends here run on, into a folder:
#   FOLDER/venv          the Python that the backends run in
#   FOLDER/tritonserver  bin/, lib/, backends/python/, caches/
# Usage: install.sh PYTHON FOLDER LOCK    PYTHON is a Python 3.11, LOCK a lock file of this folder
set -eu
python=$1
folder=$2
lock=$3
here=$(cd "$(dirname "$0")" && pwd)
install() {
  "$folder/venv/bin/pip" --quiet --no-input --no-cache-dir --disable-pip-version-check install \
    --require-hashes --only-binary :all: "$@"
}

"$python" -m venv --clear "$folder/venv"
install --requirement "$here/$lock"
install --requirement "$here/server.lock" --no-deps --target "$folder/wheel"

wheel=$folder/wheel/pytriton/tritonserver
server=$folder/tritonserver
rm -rf "$server"
mkdir -p "$server/backends" "$server/caches"
mv "$wheel/bin" "$server/bin"
mv "$wheel/caches/local" "$server/caches/local"
mv "$wheel/backends/python" "$server/backends/python"
mv "$wheel/python_backend_stubs/3.11/triton_python_backend_stub" "$server/backends/python/"
mv "$folder/wheel/nvidia_pytriton.libs" "$server/lib"
# The stub takes the machine's libpython3.11; this one is of another version.
rm "$server"/lib/libpython3-*
chmod +x "$server/bin/tritonserver" "$server/backends/python/triton_python_backend_stub"
rm -rf "$folder/wheel"
