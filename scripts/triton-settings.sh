# Sourced by triton.sh. Reads the TRITON_* variables, says in one sentence what is wrong with one, and exits 2.
refuse() {
  echo "$1" >&2
  exit 2
}

. scripts/time-limit.sh
mode="${TRITON_MODE:-auto}"
case "$mode" in
  docker | process) ;;
  auto)
    mode=process
    if command -v docker >/dev/null && time_limit 10 docker version >/dev/null 2>&1; then mode=docker; fi
    ;;
  *) refuse "TRITON_MODE is '$mode', expected auto, docker or process" ;;
esac

http_port="${TRITON_HTTP_PORT:-8000}"
grpc_port="${TRITON_GRPC_PORT:-8001}"
metrics_port="${TRITON_METRICS_PORT:-8002}"
for setting in "TRITON_HTTP_PORT $http_port" "TRITON_GRPC_PORT $grpc_port" "TRITON_METRICS_PORT $metrics_port"; do
  read -r name port <<<"$setting"
  if ! [[ "$port" =~ ^[0-9]{1,5}$ ]] || [ "$port" -lt 1 ] || [ "$port" -gt 65535 ]; then
    refuse "$name is '$port', expected a port, 1 to 65535"
  fi
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    refuse "port $port is in use, expected a free one: set $name to another"
  fi
done
if [ "$http_port" = "$grpc_port" ] || [ "$grpc_port" = "$metrics_port" ] || [ "$http_port" = "$metrics_port" ]; then
  refuse "TRITON_HTTP_PORT, TRITON_GRPC_PORT and TRITON_METRICS_PORT are $http_port, $grpc_port and $metrics_port, expected three ports"
fi

IFS=: read -ra models <<<"${TRITON_MODELS:-triton-models}"
for folder in "${models[@]}"; do
  if [ ! -d "$folder" ]; then refuse "TRITON_MODELS has '$folder', expected a folder"; fi
done

model_control="${TRITON_MODEL_CONTROL:-none}"
case "$model_control" in
  none | explicit | poll) ;;
  *) refuse "TRITON_MODEL_CONTROL is '$model_control', expected none, explicit or poll" ;;
esac

ipc="${TRITON_IPC:-host}"
case "$ipc" in
  host | private) ;;
  *) refuse "TRITON_IPC is '$ipc', expected host or private" ;;
esac
shm_size="${TRITON_SHM_SIZE:-1g}"
read -ra flags <<<"${TRITON_FLAGS:-}"
# bash 3.2, which macOS has, takes an empty array for one that is not set.
flags=("--model-control-mode=$model_control" ${flags[@]+"${flags[@]}"})
