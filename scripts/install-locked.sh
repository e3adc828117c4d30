# Sourced. `install_locked PYTHON LOCK_FILE`: installs the packages of a lock file, checked by their hashes. uv unpacks them in parallel,
# which takes a third of pip's time. If uv cannot be had or cannot reach the index (it does not read pip's settings), pip installs them.
install_locked() {
  local python="$1" lock_file="$2" uv_lock report
  uv_lock="$(dirname "${BASH_SOURCE[0]}")/uv.lock.txt"
  local pip=("$python" -m pip install --quiet --no-input --disable-pip-version-check --require-hashes --only-binary :all:)
  if report="$({
    "${pip[@]}" --requirement "$uv_lock" &&
      "$python" -m uv pip install --quiet --no-progress --python "$python" --require-hashes --only-binary :all: \
        --requirement "$lock_file"
  } 2>&1)"; then
    return 0
  fi
  echo "uv could not install $lock_file (${report##*$'\n'}): pip installs it" >&2
  "${pip[@]}" --requirement "$lock_file" >&2
}
