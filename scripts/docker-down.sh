#!/usr/bin/env bash
# Stops the Docker daemon that scripts/docker-up.sh started with this STATE_DIR, and nothing else. Its images stay in
# STATE_DIR/data, for the next one.
# Usage: scripts/docker-down.sh STATE_DIR
set -uo pipefail
state="${1:?usage: docker-down.sh STATE_DIR}"
stop_limit_s=30
if [ ! -s "$state/dockerd.pid" ]; then exit 0; fi
state="$(cd "$state" && pwd)"
pid="$(cat "$state/dockerd.pid")"
. "$(dirname "${BASH_SOURCE[0]}")/docker-run-folder.sh"
socket="$run_folder/docker.sock"
if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "$socket"; then
  # What a test run left that was killed itself.
  containers="$(timeout 20 docker -H "unix://$socket" ps -aq --filter label=org.testcontainers=true 2>/dev/null)"
  if [ -n "$containers" ]; then
    # shellcheck disable=SC2086 # one word per container
    timeout 60 docker -H "unix://$socket" rm -fv $containers >/dev/null 2>&1
  fi
  kill -TERM "$pid"
  SECONDS=0
  while kill -0 "$pid" 2>/dev/null; do
    if [ "$SECONDS" -ge "$stop_limit_s" ]; then
      echo "dockerd $pid did not end within $stop_limit_s s: killed" >&2
      kill -KILL "$pid"
    fi
    sleep 0.2
  done
fi
# dockerd leaves mounts behind, which would make `rm -rf` of its folders fail.
awk -v one="$state/" -v two="$run_folder/" 'index($2, one) == 1 || index($2, two) == 1 { print $2 }' /proc/mounts |
  sort -r | while read -r mount; do umount "$mount" 2>/dev/null || umount -l "$mount"; done
rm -rf "$run_folder"
rm -f "$state/dockerd.pid"
