#!/usr/bin/env bash
# generate -> replay -> train -> export -> fit the blend -> evaluate. Usage: scripts/train.sh [small|tiny] [SEED]
#   small  the shipped models: replaces what they are in triton-models/ and pipelines/ (at most 20 minutes on 2 cores)
#   tiny   the same way with few rows and trees, all of it in .work/tiny (under 3 minutes)
#   SEED   of the world and of every training, default 1; with another the shipped files are left alone and all of it
#          goes into .work/SIZE-SEED
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
size="${1:-small}"
seed="${2:-1}"
work=".work/$size"
if [ "$seed" != 1 ]; then work="$work-$seed"; fi
case "$size" in
  small)
    generate=(--pairs 2000000 --days 20 --users 6000 --seed "$seed")
    warm_up_days=5
    blend_days=2
    train=(--trees 80 --max-leaves 64 --min-child-weight 100)
    train_net=()
    evaluate=(--pairs 500000)
    home=.
    if [ "$seed" != 1 ]; then home="$work/home"; fi
    ;;
  tiny)
    generate=(--pairs 60000 --days 6 --users 600 --seed "$seed")
    warm_up_days=2
    blend_days=1
    train=(--trees 12 --max-leaves 64 --min-child-weight 10)
    train_net=(--batch-rows 512)
    evaluate=(--pairs 20000 --resamples 50)
    home="$work/home"
    ;;
  *)
    echo "unknown size '$size', expected small or tiny" >&2
    exit 2
    ;;
esac
scripts/training-env.sh nets
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
  for file in "$work/world/vocab.txt" "$work/world/world.json" "$work/replay/statistics.snapshot" pipelines/recsys2021/languages.yaml; do
    target="$home/pipelines/recsys2021/$(basename "$file")"
    if [ "$file" -ef "$target" ]; then continue; fi
    cp "$file" "$target.partial"
    mv "$target.partial" "$target"
  done
  for model in "$work"/models/*; do
    rm -rf "$home/triton-models/$(basename "$model")"
    cp -R "$model" "$home/triton-models/"
  done
}

# The environment's Python, with the package on its path.
python() { env PYTHONPATH=training training/.venv/bin/python -m pairstream_training "$@"; }

rm -rf "$work"
mkdir -p "$work"
step generate ./pairstream generate "${generate[@]}" --out "$work/world"
step replay ./pairstream replay --in "$work/world" --out "$work/replay" --warm-up-days "$warm_up_days" --min-impressions 0.1
inputs=(--features "$work/replay" --pipeline pipelines/recsys2021.yaml --out "$work/models" --holdout-days "$blend_days" --seed "$seed")
step 'train xgb1' python train "${inputs[@]}" "${train[@]}"
step 'train nn1' python train-net --net nn1 "${inputs[@]}" --vocabulary "$work/world/vocab.txt" ${train_net[@]+"${train_net[@]}"}
step install install_files
step 'fit the blend' python fit-blend --features "$work/replay" --pipeline "$home/pipelines/recsys2021.yaml" --days "$blend_days"
step evaluate ./pairstream evaluate --pipeline "$home/pipelines/recsys2021.yaml" "${evaluate[@]}" --json | tee "$work/evaluation.json"
echo "== done in ${SECONDS} s: $home/triton-models, $home/pipelines, $work/evaluation.json" >&2
