# Sourced by triton.sh: Triton as a container.
container=''
image="$(scripts/triton-image.sh)"

start_server() {
  local arguments=(--detach --name "pairstream-triton-$$" --user "$(id -u):$(id -g)") i
  # With the machine's /dev/shm its size is the machine's too.
  if [ "$ipc" = host ]; then arguments+=(--ipc host); else arguments+=(--shm-size "$shm_size"); fi
  arguments+=(-p "127.0.0.1:$http_port:8000" -p "127.0.0.1:$grpc_port:8001" -p "127.0.0.1:$metrics_port:8002")
  for i in "${!models[@]}"; do
    arguments+=(--volume "$(cd "${models[i]}" && pwd):/models/$i:ro")
    flags+=("--model-repository=/models/$i")
  done
  container="pairstream-triton-$$"
  docker run "${arguments[@]}" "$image" "${flags[@]}" || return 0
  # Ends when the container does.
  docker logs --follow "$container" 2>&1 &
  follower=$!
  container_pid="$(docker inspect --format '{{.State.Pid}}' "$container")"
}
is_running() { [ -n "${follower:-}" ] && kill -0 "$follower" 2>/dev/null; }
# Process 1 of the container is tini, the server its child.
server_pid() { [ -n "${container_pid:-}" ] && pgrep -o -P "$container_pid"; }
stop_server() {
  if [ -z "$container" ]; then return 0; fi
  docker stop --time "$stop_limit_s" "$container" >/dev/null 2>&1 || true
  docker rm --force --volumes "$container" >/dev/null 2>&1 || true
}
