# Sourced by triton.sh: Triton as a process, in the environment that triton-env.sh makes.
server=''
scripts/triton-env.sh
environment="$PWD/.toolchain/triton-cpu"

start_server() {
  local folder
  for folder in "${models[@]}"; do flags+=("--model-repository=$(cd "$folder" && pwd)"); done
  # As in docker/triton-cpu/Dockerfile, which says why.
  # In a session of its own, so that Ctrl-C reaches this script alone, which stops the server in order.
  env PATH="$environment/venv/bin:$PATH" LD_LIBRARY_PATH="$environment/tritonserver/lib" PYTHONDONTWRITEBYTECODE=1 \
    OMP_WAIT_POLICY=PASSIVE OPENBLAS_NUM_THREADS=1 ORT_DISABLE_TELEMETRY=1 \
    setsid "$environment/tritonserver/bin/tritonserver" \
    --backend-directory="$environment/tritonserver/backends" --cache-directory="$environment/tritonserver/caches" \
    --allow-gpu-metrics=false --pinned-memory-pool-byte-size=0 \
    --http-address=127.0.0.1 --grpc-address=127.0.0.1 --metrics-address=127.0.0.1 \
    --http-port="$http_port" --grpc-port="$grpc_port" --metrics-port="$metrics_port" "${flags[@]}" &
  server=$!
}
is_running() { [ -n "$server" ] && kill -0 "$server" 2>/dev/null; }
server_pid() { is_running && echo "$server"; }
stop_server() {
  if [ -z "$server" ]; then return 0; fi
  kill -TERM "$server" 2>/dev/null || true
  local started=$SECONDS
  while kill -0 "$server" 2>/dev/null && [ $((SECONDS - started)) -lt "$stop_limit_s" ]; do sleep 0.1; done
  # The whole session: stubs do not always see that their server is gone.
  kill -KILL -- "-$server" 2>/dev/null || true
}
