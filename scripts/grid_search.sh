#!/usr/bin/env bash
# Train every combination of a grid; skip those that are done; end in one table of all.
set -uo pipefail

usage() {
    cat <<'HELP'
Usage: scripts/grid_search.sh --dataset NAME [--topics "15 20 25 30"] [--learning-rates "0.001 0.002 0.005"]
                              [--hidden-dims "256 512 768"] [--results DIR] [-- MORE run_pipeline.py FLAGS]

Trains THETA once per combination into DIR/K<topics>_lr<rate>_hd<dim> (DIR: results_grid).
A combination that is done is skipped, and one that was interrupted is gone on with from its last
checkpoint, so the same command goes on where an interrupted search stopped.
A combination that fails is named at the end and does not stop the others.
At the end all finished runs are compared in one table.

Example: scripts/grid_search.sh --dataset lee --topics "5 10" --learning-rates 0.002 --hidden-dims 256 \
             -- --model_size mini --epochs 20 --kl_warmup 5
HELP
}

repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
dataset="" topics="15 20 25 30" rates="0.001 0.002 0.005" dims="256 512 768" results="results_grid"
while [ $# -gt 0 ]; do
    case "$1" in
        -h | --help) usage && exit 0 ;;
        --) shift && break ;;
        --dataset | --topics | --learning-rates | --hidden-dims | --results)
            [ $# -ge 2 ] || { echo "error: $1 needs a value" >&2 && exit 3; } ;;
        *) echo "error: unknown argument $1; see --help" >&2 && exit 3 ;;
    esac
    case "$1" in
        --dataset) dataset="$2" ;;
        --topics) topics="$2" ;;
        --learning-rates) rates="$2" ;;
        --hidden-dims) dims="$2" ;;
        --results) results="$2" ;;
    esac
    shift 2
done
[ -n "$dataset" ] || { echo "error: --dataset is missing; see --help" >&2 && exit 3; }

# What the search was asked for beside the grid. Another question must not reuse its answers.
asked="$dataset $*"
mkdir -p "$results"
if [ -f "$results/.asked" ] && [ "$(cat "$results/.asked")" != "$asked" ]; then
    echo "error: $results holds a search with other settings ($(cat "$results/.asked")); choose another --results" >&2
    exit 3
fi
printf '%s' "$asked" > "$results/.asked"

failed=() code=0
for K in $topics; do
    for lr in $rates; do
        for hd in $dims; do
            run="$results/K${K}_lr${lr}_hd${hd}"
            if [ -f "$run/manifest.json" ]; then
                echo "$run is done"
                continue
            fi
            echo "Training K=$K, lr=$lr, hd=$hd"
            python "$repository/run_pipeline.py" --dataset "$dataset" --models theta --num_topics "$K" \
                --learning_rate "$lr" --hidden_dim "$hd" --output_dir "$run" --resume "$@"
            status=$?
            if [ $status -ge 128 ]; then exit $status; fi # interrupted: not a failure of the run
            if [ $status -ne 0 ]; then
                failed+=("$run (exit $status)")
                code=$status
            fi
        done
    done
done
finished=()
for manifest in "$results"/*/manifest.json; do
    [ -f "$manifest" ] && finished+=("$(dirname "$manifest")")
done
if [ ${#finished[@]} -gt 0 ]; then
    python "$repository/run_pipeline.py" --compare "${finished[@]}" || code=$?
fi
if [ ${#failed[@]} -gt 0 ]; then printf 'failed: %s\n' "${failed[@]}" >&2; fi
exit $code
