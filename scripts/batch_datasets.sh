#!/usr/bin/env bash
# Prepare and train several data sets, one after the other.
set -uo pipefail

usage() {
    cat <<'HELP'
Usage: scripts/batch_datasets.sh DATASET [DATASET ...] [--size SIZE] [--mode MODE]
                                 [--embedding-model FOLDER_OR_ID]
                                 [--prepare-flags "..."] [--run-flags "..."]

Prepares and trains each data set (SIZE: 0.6B, MODE: zero_shot). Vectors and runs of an embedding
model of your own are stored under its name, or under SIZE. What is prepared already costs nothing.
One data set runs at a time, with all cores where that pays (--threads). A data set that fails is named
at the end and does not stop the others.

Example: scripts/batch_datasets.sh news reviews --size mini --run-flags "--num_topics 20"
HELP
}

repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
datasets=() model=() size="auto" mode="zero_shot" prepare_flags="" run_flags=""
while [ $# -gt 0 ]; do
    case "$1" in
        -h | --help) usage && exit 0 ;;
        --size | --mode | --embedding-model | --prepare-flags | --run-flags)
            [ $# -ge 2 ] || { echo "error: $1 needs a value" >&2 && exit 3; } ;;
        -*) echo "error: unknown argument $1; see --help" >&2 && exit 3 ;;
    esac
    case "$1" in
        --size) size="$2" && shift 2 ;;
        --mode) mode="$2" && shift 2 ;;
        --embedding-model) model=(--embedding_model "$2") && shift 2 ;;
        --prepare-flags) prepare_flags="$2" && shift 2 ;;
        --run-flags) run_flags="$2" && shift 2 ;;
        *) datasets+=("$1") && shift ;;
    esac
done
[ ${#datasets[@]} -gt 0 ] || { echo "error: name at least one data set; see --help" >&2 && exit 3; }

failed=() code=0
for dataset in "${datasets[@]}"; do
    echo "Processing $dataset"
    # The flags are words to be split.
    # shellcheck disable=SC2086
    python "$repository/prepare_data.py" --dataset "$dataset" --model theta --model_size "$size" \
        --mode "$mode" ${model[@]+"${model[@]}"} $prepare_flags &&
        python "$repository/run_pipeline.py" --dataset "$dataset" --models theta --model_size "$size" \
            --mode "$mode" ${model[@]+"${model[@]}"} $run_flags
    status=$?
    if [ $status -ge 128 ]; then exit $status; fi
    if [ $status -ne 0 ]; then
        failed+=("$dataset (exit $status)")
        code=$status
    fi
done
if [ ${#failed[@]} -gt 0 ]; then printf 'failed: %s\n' "${failed[@]}" >&2; fi
exit $code
