#!/usr/bin/env bash
# generate -> replay -> stage 1 -> stage 2 -> fit the ladder -> evaluate. Usage: scripts/train.sh [SIZE] [SEED]
#   small      the shipped models: replaces what they are in triton-models/ and pipelines/ (about 20 minutes on 2 cores)
#   tiny       the same way with few rows and trees, all of it in .work/tiny (under 5 minutes)
#   published  trees, depths, widths and vocabulary as published, and tables of a million users, all of it in
#              .work/published: to be held to cost and exactness, since the rows are far fewer than the published ones
#   SEED       of the world and of every training, default 1; with another the shipped files are left alone and all of
#              it goes into .work/SIZE-SEED
# A run that was interrupted goes on where it stopped; remove its folder in .work/ to begin anew.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
size="${1:-small}"
seed="${2:-1}"
if [[ ! "$seed" =~ ^[0-9]{1,9}$ ]]; then
  echo "seed '$seed', expected a whole number of 0 or more, at most nine digits" >&2
  exit 2
fi
work=".work/$size"
if [ "$seed" != 1 ]; then work="$work-$seed"; fi
home="$work/home"
# What the copy of the pipeline file in there has otherwise.
widths=(-e "")

# Days: warm-up, then those of stage 1, of stage 2, and of the ladder's weights, each after all before it. What comes after
# the last is for the evaluation.
# What a single model has beside what all have.
xgb1=() xgb2=() xgb3=() xgb4=() xgb5=()
case "$size" in
  small)
    generate=(--pairs 2000000 --days 20 --users 6000 --seed "$seed")
    warm_up_days=5 stage_1_end=13 stage_2_end=17
    forest=(--min-child-weight 100)
    # Fewer trees than published need larger steps.
    xgb1=(--trees 60 --max-leaves 64 --learning-rate 0.15)
    xgb2=(--trees 60 --max-leaves 64 --learning-rate 0.15)
    xgb3=(--trees 60 --max-leaves 44 --learning-rate 0.12 --min-child-weight 50)
    xgb4=(--trees 60 --max-leaves 48 --min-child-weight 30)
    xgb5=(--trees 60 --max-leaves 48)
    nn1=(--epochs 2)
    nn2=(--epochs 2)
    nn3=(--epochs 3 --batch-rows 2048)
    evaluate=(--pairs 500000 --ladder)
    if [ "$seed" = 1 ]; then home=.; fi
    ;;
  tiny)
    generate=(--pairs 60000 --days 6 --users 600 --seed "$seed")
    warm_up_days=2 stage_1_end=3 stage_2_end=4
    forest=(--trees 12 --max-leaves 64 --min-child-weight 10)
    nn1=(--batch-rows 512) nn2=(--batch-rows 512) nn3=(--batch-rows 512)
    evaluate=(--pairs 20000 --resamples 50 --ladder)
    ;;
  published)
    generate=(--pairs 4000000 --days 20 --users 1000000 --seed "$seed")
    warm_up_days=5 stage_1_end=13 stage_2_end=17
    forest=(--trees published --max-leaves 256 --min-child-weight 1)
    nn1=(--size published --epochs 1)
    nn2=("${nn1[@]}" --word-vectors "$work/word-vectors.npy")
    nn3=("${nn2[@]}")
    word_count=119547
    # What the towers answer.
    widths=(-e 's/{ width: 416, /{ width: 832, /' -e 's/{ width: 256, /{ width: 1024, /' -e 's/{ width: 64, /{ width: 256, /')
    evaluate=(--pairs 20000 --resamples 50)
    ;;
  *)
    echo "unknown size '$size', expected small, tiny or published" >&2
    exit 2
    ;;
esac
scripts/training-env.sh nets
# Threads that wait give their core away: on a busy machine, waiting in a loop makes training many times slower.
export OMP_WAIT_POLICY=PASSIVE

# Runs a step unless an earlier run of this training has finished it.
step() {
  local done="$work/done/${1// /-}"
  if [ -e "$done" ]; then
    echo "== $1: done before" >&2
    return
  fi
  echo "== $1 ($SECONDS s)" >&2
  "${@:2}"
  touch "$done"
}

# The environment's Python, with the package on its path.
python() { env PYTHONPATH=training training/.venv/bin/python -m pairstream_training "$@"; }

# Multilingual BERT has so many pieces, and vectors of them that the published nets leave as they are. Ours are drawn, since
# no registry of packages has those.
widen_vocabulary() {
  local pieces
  pieces="$(wc -l <"$work/world/vocab.txt")"
  seq -f '[added%.0f]' "$pieces" "$((word_count - 1))" >>"$work/world/vocab.txt"
  training/.venv/bin/python -c "import numpy as np; np.save('$work/word-vectors.npy', np.random.default_rng($seed).normal(0, 0.05, ($word_count, 768)).astype('f4'))"
}

# Keeps what a training reports, for the table at the end.
reported() {
  "${@:2}" --json >"$work/reports/$1.json.partial"
  mv "$work/reports/$1.json.partial" "$work/reports/$1.json"
}

train_forest() {
  local family="$1"
  local -n options="$1"
  reported "$family" python train --family "$family" "${inputs[@]}" "${forest[@]}" ${options[@]+"${options[@]}"} "${@:2}"
}

train_net() {
  local -n options="$1"
  reported "$1" python train-net --net "$1" "${inputs[@]}" --vocabulary "$work/world/vocab.txt" ${options[@]+"${options[@]}"} "${@:2}"
}

# The pipeline file of the training, which names the files in the work folder.
write_pipeline() {
  sed "${widths[@]}" -e 's#^vocabulary: .*#vocabulary: world/vocab.txt#' -e 's#^model_repository: .*#model_repository: models#' \
    -e 's#^statistics: .*#statistics: replay/statistics.snapshot#' -e "s#^languages: .*#languages: $PWD/pipelines/recsys2021/languages.yaml#" \
    pipelines/recsys2021.yaml >"$work/pipeline.yaml"
}

# Moves files into place one by one, so that what served before serves until its successor is whole.
install_files() {
  mkdir -p "$home/pipelines/recsys2021" "$home/triton-models"
  if [ "$home" != . ]; then sed "${widths[@]}" pipelines/recsys2021.yaml >"$home/pipelines/recsys2021.yaml"; fi
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

evaluate_pipeline() {
  ./pairstream evaluate --pipeline "$pipeline" "${evaluate[@]}" --json >"$work/evaluation.json"
}

if [ -e "$work/done/evaluate" ]; then rm -rf "$work"; fi
mkdir -p "$work/done" "$work/reports"
pipeline="$home/pipelines/recsys2021.yaml"
inputs=(--features "$work/replay" --pipeline "$work/pipeline.yaml" --out "$work/models" --seed "$seed")
stage_1_days=(--last-day "$stage_1_end" --holdout-days 1)
stage_2_days=(--first-day "$((stage_1_end + 1))" --last-day "$stage_2_end")
members=(--members "$work/members" --holdout-days 1)

step generate ./pairstream generate "${generate[@]}" --out "$work/world"
if [ -n "${word_count:-}" ]; then step 'widen the vocabulary' widen_vocabulary; fi
step replay ./pairstream replay --in "$work/world" --out "$work/replay" --warm-up-days "$warm_up_days" --min-impressions 0.1
step 'pipeline of the training' write_pipeline
for family in xgb1 xgb2 xgb3; do
  step "train $family" train_forest "$family" "${stage_1_days[@]}"
done
for net in nn1 nn2 nn3; do
  step "train $net" train_net "$net" "${stage_1_days[@]}"
done
step 'answers of stage 1' ./pairstream members --features "$work/replay" --pipeline "$work/pipeline.yaml" --stages 1 \
  --first-day "$((stage_1_end + 1))" --out "$work/members"
for family in xgb4 xgb5; do
  step "train $family" train_forest "$family" "${stage_2_days[@]}" "${members[@]}"
done
step install install_files
step 'answers of both stages' ./pairstream members --features "$work/replay" --pipeline "$pipeline" --ladder \
  --first-day "$((stage_2_end + 1))" --out "$work/answers"
step 'fit the ladder' python fit-ladder --features "$work/replay" --members "$work/answers" --pipeline "$pipeline" \
  --first-day "$((stage_2_end + 1))"
step evaluate evaluate_pipeline
echo "== done in $SECONDS s: $home/triton-models, $home/pipelines, $work/evaluation.json" >&2
python summary --evaluation "$work/evaluation.json" "$work"/reports/{xgb1,xgb2,xgb3,nn1,nn2,nn3,xgb4,xgb5}.json
echo "Serve it with: PAIRSTREAM_PIPELINE=$pipeline ./pairstream serve"
