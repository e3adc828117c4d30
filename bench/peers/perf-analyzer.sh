#!/usr/bin/env bash
# Puts NVIDIA's perf_analyzer into a folder and prints its path: a script that finds the libraries beside it.
# Newer builds need a newer glibc than many machines have; this one is of the wheel of tritonclient 2.44.
# Usage: bench/peers/perf-analyzer.sh FOLDER    Exits 3 on a machine that it does not run on.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
mkdir -p "$1"
folder="$(cd "$1" && pwd)"
program="$folder/perf-analyzer"
if [ -x "$program" ]; then
  echo "$program"
  exit 0
fi
download="$(mktemp -d)"
trap 'rm -rf "$download"' EXIT
python3 -m pip download --quiet --no-deps --no-input --disable-pip-version-check --require-hashes --only-binary :all: \
  --requirement "$here/perf-analyzer.lock" --dest "$download" >&2 || exit 3
for wheel in "$download"/*.whl; do python3 -m zipfile -e "$wheel" "$download/wheels"; done
mkdir -p "$folder/lib"
mv "$download"/wheels/tritonclient-*.data/data/bin/perf_analyzer "$folder/lib/"
mv "$download"/wheels/nvidia/cuda_runtime/lib/libcudart.so.12 "$folder/lib/"
chmod +x "$folder/lib/perf_analyzer"
if ! ldconfig -p 2>/dev/null | grep -q 'libb64\.so\.0d'; then
  (cd "$download" && apt-get download -qq -o APT::Sandbox::User=root libb64-0d >&2 && dpkg-deb -x libb64-0d_*.deb b64) || exit 3
  find "$download/b64" -name 'libb64.so.0d' -exec cp -L {} "$folder/lib/" \;
fi
cat >"$download/perf-analyzer" <<'SCRIPT'
#!/usr/bin/env bash
lib="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/lib"
LD_LIBRARY_PATH="$lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec "$lib/perf_analyzer" "$@"
SCRIPT
chmod +x "$download/perf-analyzer"
LD_LIBRARY_PATH="$folder/lib" "$folder/lib/perf_analyzer" --version >&2 || exit 3
mv "$download/perf-analyzer" "$program"
echo "$program"
