# Sourced. `lock FOLDER`: one at a time, until this script ends; a lock whose owner is gone is taken over.
lock() {
  local owner
  until mkdir "$1" 2>/dev/null; do
    owner="$(cat "$1/pid" 2>/dev/null || true)"
    if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then rm -rf "$1"; else sleep 0.5; fi
  done
  echo $$ >"$1/pid"
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$1'" EXIT
}
