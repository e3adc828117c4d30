# Sourced. `time_limit SECONDS COMMAND...` ends a command that takes longer; where there is no `timeout` (macOS) it runs on.
time_limit() {
  if command -v timeout >/dev/null; then timeout "$@"; else "${@:2}"; fi
}
