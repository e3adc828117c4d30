#!/usr/bin/env bash
# Makes a Docker daemon usable. One that answers is left alone; else, as root and where dockerd is installed, one is
# started in the background. Its images and dockerd.log are in STATE_DIR, its socket in a folder of its own in /run.
# Usage: eval "$(scripts/docker-up.sh STATE_DIR [flags of dockerd])"
#   stdout  `export DOCKER_HOST=...` when a daemon of our own is to be used, else nothing
# Exits 3 when Docker cannot be had here, 1 when the daemon did not come up. scripts/docker-down.sh stops it again.
set -euo pipefail
state="${1:?usage: docker-up.sh STATE_DIR [flags of dockerd]}"
shift
start_limit_s=60

answers() { timeout 10 docker version >/dev/null 2>&1; }

if ! command -v docker >/dev/null; then
  echo "no docker client on PATH" >&2
  exit 3
fi
if answers; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v dockerd >/dev/null; then
  echo "no Docker daemon answers at ${DOCKER_HOST:-the default socket}, and none can be started (that takes root and dockerd)" >&2
  exit 3
fi

mkdir -p "$state"
state="$(cd "$state" && pwd)"
# Of two scripts at once, the second finds the daemon of the first.
exec 9>"$state/lock"
flock 9
pid_file="$state/dockerd.pid"
. "$(dirname "${BASH_SOURCE[0]}")/docker-run-folder.sh"
mkdir -p "$run_folder"
export DOCKER_HOST="unix://$run_folder/docker.sock"
is_ours() {
  [ -s "$pid_file" ] && tr '\0' ' ' <"/proc/$(cat "$pid_file")/cmdline" 2>/dev/null | grep -qF -- "$DOCKER_HOST"
}
if is_ours && answers; then
  echo "export DOCKER_HOST=$DOCKER_HOST"
  exit 0
fi
# Left behind by a daemon that was killed: dockerd would take the number for a live one.
is_ours || rm -f "$pid_file" "$run_folder/docker.sock"
mountpoint -q /sys/fs/cgroup || cgroupfs-mount 2>/dev/null || true

# 9>&-: the daemon must not hold the lock.
setsid dockerd --host "$DOCKER_HOST" --pidfile "$pid_file" --data-root "$state/data" --exec-root "$run_folder/exec" "$@" \
  </dev/null >>"$state/dockerd.log" 2>&1 9>&- &
daemon=$!
until answers; do
  if [ "$SECONDS" -ge "$start_limit_s" ] || ! kill -0 "$daemon" 2>/dev/null; then
    echo "dockerd did not come up; the end of its log:" >&2
    tail -n 20 "$state/dockerd.log" >&2
    kill "$daemon" 2>/dev/null || true
    exit 1
  fi
  sleep 0.2
done
echo "started a Docker daemon, pid $(cat "$pid_file"), log $state/dockerd.log" >&2
echo "export DOCKER_HOST=$DOCKER_HOST"
