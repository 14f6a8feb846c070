#!/usr/bin/env bash
# Work through a queue of jobs with one process per GPU.
set -uo pipefail

usage() {
    cat <<'HELP'
Usage: scripts/multi_gpu.sh [--logs DIR] JOBS

JOBS is a file (or - for standard input) with the flags of one run_pipeline.py a line, for instance
    --dataset news --models theta --num_topics 20
Empty lines and lines that begin with # are skipped. There is one worker per GPU in
CUDA_VISIBLE_DEVICES (all GPUs if it is not set; one worker on the CPU if there is none); a free
worker takes the next job, and computes with its share of the cores unless OMP_NUM_THREADS is set. The output of job N goes to DIR/job_N.log (DIR: logs). A job that fails
is named at the end and does not stop the others.
HELP
}

repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
logs="logs" source_of_jobs=""
while [ $# -gt 0 ]; do
    case "$1" in
        -h | --help) usage && exit 0 ;;
        --logs)
            [ $# -ge 2 ] || { echo "error: --logs needs a value" >&2 && exit 3; }
            logs="$2" && shift 2 ;;
        -?*) echo "error: unknown argument $1; see --help" >&2 && exit 3 ;;
        *) source_of_jobs="$1" && shift ;;
    esac
done
[ -n "$source_of_jobs" ] || { echo "error: name the file of jobs; see --help" >&2 && exit 3; }
if [ "$source_of_jobs" != "-" ] && [ ! -r "$source_of_jobs" ]; then
    echo "error: $source_of_jobs cannot be read" >&2
    exit 2
fi

jobs=()
while IFS= read -r line || [ -n "$line" ]; do
    case "$line" in "" | "#"*) ;; *) jobs+=("$line") ;; esac
done < <(cat -- "$source_of_jobs")
[ ${#jobs[@]} -gt 0 ] || { echo "error: $source_of_jobs has no job" >&2 && exit 3; }

if [ -n "${CUDA_VISIBLE_DEVICES+set}" ]; then
    IFS=, read -r -a gpus <<< "$CUDA_VISIBLE_DEVICES"
elif command -v nvidia-smi > /dev/null; then
    mapfile -t gpus < <(nvidia-smi --query-gpu=index --format=csv,noheader)
else
    gpus=()
fi
[ ${#gpus[@]} -gt 0 ] || gpus=("")

# More threads than cores, over all workers, would slow down every one of them.
if [ -z "${OMP_NUM_THREADS:-}" ]; then
    cores="$(getconf _NPROCESSORS_ONLN)"
    workers_at_once=$((${#gpus[@]} < ${#jobs[@]} ? ${#gpus[@]} : ${#jobs[@]}))
    share=$((cores / workers_at_once))
    export OMP_NUM_THREADS=$((share > 0 ? share : 1))
fi

mkdir -p "$logs"
state="$(mktemp -d)"
trap 'rm -rf "$state"' EXIT

# Ctrl-C: each run finishes its epoch, saves and ends; once more: they end at once.
# shellcheck disable=SC2317,SC2329 # called by the trap
stop() {
    trap '' TERM
    kill -TERM 0
    trap 'kill -TERM 0' INT
    stopped=1
}
stopped=""
trap stop INT TERM

# A job is taken by making its folder: only one worker can.
worker() {
    local gpu="$1" number stopped=""
    trap 'stopped=1' TERM
    for number in "${!jobs[@]}"; do
        [ -z "$stopped" ] || return
        mkdir "$state/$number" 2> /dev/null || continue
        echo "job $((number + 1)) on GPU ${gpu:-none}: ${jobs[number]}"
        # The flags are words to be split; quotes inside a line work as in a shell. The shell
        # becomes the run, so that the worker waits for it even when it is told to stop.
        (eval "set -- ${jobs[number]}" &&
            CUDA_VISIBLE_DEVICES="$gpu" exec python "$repository/run_pipeline.py" "$@") \
            > "$logs/job_$((number + 1)).log" 2>&1
        echo $? > "$state/$number/exit"
    done
}
workers=()
for gpu in "${gpus[@]}"; do worker "$gpu" & workers+=($!); done
# A signal ends `wait`, not what it waits for.
while kill -0 "${workers[@]}" 2> /dev/null; do wait; done

if [ -n "$stopped" ]; then
    echo "stopped; a run that was training is gone on with by its flags and --resume" >&2
fi
code=0
for number in "${!jobs[@]}"; do
    if [ -n "$stopped" ] && [ ! -d "$state/$number" ]; then
        echo "not started: ${jobs[number]}" >&2
        continue
    fi
    status="$(cat "$state/$number/exit" 2> /dev/null || echo 1)"
    if [ "$status" -ne 0 ]; then
        word="failed"
        [ "$status" -ne 130 ] || word="stopped"
        echo "$word (exit $status): ${jobs[number]}; see $logs/job_$((number + 1)).log" >&2
        code=$status
    fi
done
[ -z "$stopped" ] || code=130
exit "$code"
