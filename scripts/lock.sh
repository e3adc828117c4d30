# Sourced. `lock FOLDER`: one at a time, until this script ends; a lock whose owner is gone is taken over.
lock() {
  local owner turns=0
  until mkdir "$1" 2>/dev/null; do
    owner="$(cat "$1/pid" 2>/dev/null || true)"
    # Without a number its owner is about to write it, or was killed before it could.
    if { [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; } || { [ -z "$owner" ] && [ "$turns" -ge 20 ]; }; then
      # Who moves it away removes it: of two that wait, only one does.
      if mv "$1" "$1.$$" 2>/dev/null; then rm -rf "$1.$$"; fi
      turns=0
      continue
    fi
    turns=$((turns + 1))
    if [ "$turns" = 10 ]; then echo "waiting for $1, held by process ${owner:-unknown}" >&2; fi
    sleep 0.5
  done
  echo $$ >"$1/pid"
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$1'" EXIT
}
