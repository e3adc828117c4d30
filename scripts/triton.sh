#!/usr/bin/env bash
# Serves a model repository by NVIDIA's Triton on the CPU, on 127.0.0.1, until Ctrl-C. Prints one line when it is ready.
# Usage: scripts/triton.sh    (or make triton), with any of
#   TRITON_MODE           auto     docker where a daemon answers, else process
#                         docker   a container of docker/triton-cpu, built when needed
#                         process  needs Linux and Python 3.11; see scripts/triton-env.sh
#   TRITON_HTTP_PORT      8000
#   TRITON_GRPC_PORT      8001
#   TRITON_METRICS_PORT   8002
#   TRITON_MODELS         triton-models   folder of a model repository; several are separated by :
#   TRITON_MODEL_CONTROL  none     all models are served from the start and stay as they are
#                         explicit clients load and unload them; none is served at the start
#                         poll     changes of the folder are taken up
#   TRITON_IPC            host     a container shares /dev/shm with this machine, so that clients can hand tensors over in
#                                  shared memory
#                         private  it has a /dev/shm of its own
#   TRITON_SHM_SIZE       1g       of a container with its own /dev/shm
#   TRITON_FLAGS          further flags of tritonserver, separated by blanks
#   TRITON_LOG            .work/triton.log   what the server says
# Exits 2 for a setting that cannot be, 3 when this machine has neither Docker nor Python 3.11, 1 when Triton ends early.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/triton-settings.sh
log="${TRITON_LOG:-.work/triton.log}"
stop_limit_s=35
mkdir -p "$(dirname "$log")"

# Gives start_server, is_running, server_pid and stop_server.
. "scripts/triton-$mode.sh"

# Waits, and hears a signal meanwhile.
pause() {
  sleep "$1" &
  wait $! || true
}
# Triton answers from the time on that all models are loaded, or could not be.
is_up() {
  (
    exec 3<>"/dev/tcp/127.0.0.1/$http_port"
    printf 'GET /v2/health/live HTTP/1.0\r\n\r\n' >&3
    read -r -t 2 status <&3
    [[ "$status" == *' 200 '* ]]
  ) 2>/dev/null
}
# Files of the server's shared memory, which it removes itself unless it is killed.
regions=''
note_regions() {
  local pid
  pid="$(server_pid)" || return 0
  # shellcheck disable=SC2086 # one word per file
  regions="$(printf '%s\n' $regions $(grep -o '/dev/shm/triton_[^ ]*' "/proc/$pid/maps" 2>/dev/null) | sort -u)"
}
finish() {
  trap '' INT TERM
  note_regions
  stop_server
  # shellcheck disable=SC2086 # one word per file
  if [ -n "$regions" ]; then rm -f $regions; fi
}
trap finish EXIT
trap 'exit 0' INT TERM

start_server >"$log" 2>&1
until is_up; do
  if ! is_running; then
    echo "Triton ($mode) ended before it was ready. The end of $log:" >&2
    grep -v -E '^$|^[+|]' "$log" | tail -n 12 >&2
    exit 1
  fi
  pause 0.2
done
note_regions
next='make run BACKEND=triton'
if [ "$grpc_port" != 8001 ]; then next="PAIRSTREAM_TRITON_URLS=127.0.0.1:$grpc_port $next"; fi
echo "Triton ($mode) serves ${models[*]} on 127.0.0.1: HTTP $http_port, gRPC $grpc_port, metrics $metrics_port." \
  "Next, in another terminal: $next. Ctrl-C stops; what it says goes to $log"
while is_running; do
  pause 1
  note_regions
done
echo "Triton ($mode) ended. The end of $log:" >&2
grep -v -E '^$|^[+|]' "$log" | tail -n 12 >&2
exit 1
