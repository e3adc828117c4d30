#!/usr/bin/env bash
# generate -> replay -> train -> export -> evaluate. Usage: scripts/train.sh [small|tiny]
#   small  the shipped models: replaces triton-models/xgb1 and pipelines/recsys2021/ (at most 20 minutes on 2 cores)
#   tiny   the same way with few rows and trees, all of it in .work/tiny (under 3 minutes)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
size="${1:-small}"
work=".work/$size"
case "$size" in
  small)
    generate=(--pairs 2000000 --days 20 --users 6000 --seed 1)
    warm_up_days=5
    train=(--trees 80 --max-leaves 64 --min-child-weight 100)
    evaluate=(--pairs 500000)
    home=.
    ;;
  tiny)
    generate=(--pairs 60000 --days 6 --users 600 --seed 1)
    warm_up_days=2
    train=(--trees 12 --max-leaves 64 --min-child-weight 10)
    evaluate=(--pairs 20000 --resamples 50)
    home="$work/home"
    ;;
  *)
    echo "unknown size '$size', expected small or tiny" >&2
    exit 2
    ;;
esac
scripts/training-env.sh
# Threads that wait give their core away: on a busy machine, waiting in a loop makes training many times slower.
export OMP_WAIT_POLICY=PASSIVE

step() {
  echo "== $1 (${SECONDS} s)" >&2
  shift
  "$@"
}

# Moves files into place one by one, so that what served before serves until its successor is whole.
install_files() {
  mkdir -p "$home/pipelines/recsys2021" "$home/triton-models"
  if [ "$home" != . ]; then cp pipelines/recsys2021.yaml "$home/pipelines/"; fi
  for file in "$work/world/vocab.txt" "$work/world/world.json" "$work/replay/statistics.snapshot"; do
    cp "$file" "$home/pipelines/recsys2021/$(basename "$file").partial"
    mv "$home/pipelines/recsys2021/$(basename "$file").partial" "$home/pipelines/recsys2021/$(basename "$file")"
  done
  rm -rf "$home/triton-models/xgb1"
  cp -R "$work/models/xgb1" "$home/triton-models/xgb1"
}

rm -rf "$work"
mkdir -p "$work"
step generate ./pairstream generate "${generate[@]}" --out "$work/world"
step replay ./pairstream replay --in "$work/world" --out "$work/replay" --warm-up-days "$warm_up_days"
step 'train and export' env PYTHONPATH=training training/.venv/bin/python -m pairstream_training train \
  --features "$work/replay" --pipeline pipelines/recsys2021.yaml --out "$work/models" "${train[@]}"
step install install_files
step evaluate ./pairstream evaluate --pipeline "$home/pipelines/recsys2021.yaml" "${evaluate[@]}" --json | tee "$work/evaluation.json"
echo "== done in ${SECONDS} s: $home/triton-models/xgb1, $home/pipelines/recsys2021, $work/evaluation.json" >&2
